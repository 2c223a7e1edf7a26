/** The bench on all runtimes that the project installs, one after the other, each part in a process of its own. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type RuntimeName, runtimeNames } from "../src/values/platform.ts";
import type { Part } from "./parts/part.ts";
import type { RunResults } from "./results.ts";

const main = fileURLToPath(new URL("./main.ts", import.meta.url));
const programs = fileURLToPath(new URL("../node_modules/.bin/", import.meta.url));
const before: Readonly<Record<RuntimeName, readonly string[]>> = {
  bun: [],
  node: [],
  deno: ["run", "--allow-all", "--no-lock"],
};
/** Enough for every figure that is shown, and a file that can be read. */
const digitsKept = 4;

/**
 * @param args passed on to each of them
 * @throws Error when one of them does not end well
 */
export function runAll(parts: readonly Part[], args: readonly string[]): RunResults[] {
  // A later run would find that of the ones before it.
  const loadAverage = loadavg()[0] ?? 0;
  return runtimeNames.map((runtime) => {
    const runs = parts.map((part) => runPart(runtime, [`--${part.name}`, ...args]));
    const [first] = runs;
    if (first === undefined) throw new RangeError("There is nothing to run");
    return { ...first, facts: { ...first.facts, loadAverage }, tables: runs.flatMap(({ tables }) => tables) };
  });
}

function runPart(runtime: RuntimeName, args: readonly string[]): RunResults {
  const folder = mkdtempSync(join(tmpdir(), "loopp-bench-"));
  try {
    const json = join(folder, "results.json");
    console.error(`=== ${runtime} ${args.join(" ")}`);
    const command = [...before[runtime], main, ...args, "--json", json];
    const { status, error } = spawnSync(join(programs, runtime), command, { stdio: ["ignore", "inherit", "inherit"] });
    if (status !== 0)
      throw new Error(`The bench did not end well on ${runtime}: ${error?.message ?? `code ${status}`}`);
    return JSON.parse(readFileSync(json, "utf8"), (_, value) =>
      typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(digitsKept)) : value,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
