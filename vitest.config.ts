import { defineConfig } from "vitest/config";
import { full } from "./test/full.ts";
import { isChangeOnly, leftToBun } from "./test/matrix.ts";

// These start all three runtimes by themselves.
const onceOnly = ["test/package/**", "test/image/**"];
/** Programs of others under our host and our plugins under theirs, on the runtimes that docs/interop.md speaks of. */
const interop = ["test/interop/**"];
/** What takes a quarter of an hour to build. */
const fullOnly = ["test/interop/node/**"];
const isDeno = "deno" in process.versions;
const isBun = "bun" in process.versions;
const isNode = !(isBun || isDeno);

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts", "examples/**/*.test.ts"],
    exclude: [
      ...(isNode ? [] : onceOnly),
      ...(isDeno ? interop : []),
      ...(full ? [] : fullOnly),
      ...(isChangeOnly && !isBun ? leftToBun.flatMap(({ files }) => files) : []),
    ],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // More files than processors: the suites start processes of their own, and mostly wait for them. Fewer on Deno, whose threads take
    // more memory and time to start. What the full run measures must not be disturbed by other files at all.
    maxWorkers: full ? 1 : isDeno ? 2 : 3,
    // Of the tests of one file that run beside each other, in the full run.
    maxConcurrency: 2,
  },
});
