/**
 * Runs the tests on the runtimes that are named (default: all three) and compares what they skipped with
 * test/expected-skips.json: the skips of each runtime, and under "without" those that are expected where a program is missing, and
 * only there. `--check` runs `npm run check` first. `--update-skips` writes the runtimes' skips instead of comparing.
 * Ends with one line: N passed, N failed, N skipped.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { findProgram } from "./find-program.ts";

const commands = {
  bun: ["bun", "--bun", "node_modules/vitest/vitest.mjs", "run", "--pool=threads"],
  node: ["node", "node_modules/vitest/vitest.mjs", "run"],
  deno: ["deno", "run", "--allow-all", "--no-lock", "node_modules/vitest/vitest.mjs", "run"],
} as const;
type Runtime = keyof typeof commands;

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { check: { type: "boolean" }, "update-skips": { type: "boolean" }, full: { type: "boolean" } },
});
const runtimes = (Object.keys(commands) as Runtime[]).filter(
  (runtime) => !positionals.some((word) => word in commands) || positionals.includes(runtime),
);
const filters = positionals.filter((word) => !(word in commands));

const skipsFile = new URL("../test/expected-skips.json", import.meta.url);
const expectedSkips: Record<Runtime, string[]> & { readonly without: Readonly<Record<string, readonly string[]>> } =
  JSON.parse(readFileSync(skipsFile, "utf8"));
const skippedForWantOf = Object.entries(expectedSkips.without)
  .filter(([program]) => findProgram(program) === undefined)
  .flatMap(([program, names]) => {
    console.log(`there is no ${program} on this machine: ${names.length} tests that need it are skipped`);
    return names;
  });
const total = { passed: 0, failed: 0, skipped: 0 };
let sound = true;

if (values.check && !run(["npm", "run", "--silent", "check"])) sound = false;

for (const runtime of runtimes) {
  console.log(`\n=== ${runtime}`);
  const scratch = mkdtempSync(join(tmpdir(), "loopp-test-"));
  const outputFile = join(scratch, "report.json");
  const ran = run(
    [...commands[runtime], "--reporter=dot", "--reporter=json", `--outputFile.json=${outputFile}`, ...filters],
    values.full ? { LOOPP_TEST_FULL: "1" } : {},
  );
  const skipped: string[] = [];
  let failed = 0;
  try {
    const report: Report = JSON.parse(readFileSync(outputFile, "utf8"));
    for (const file of report.testResults) {
      if (file.assertionResults.length === 0) failed++;
      for (const { fullName, status } of file.assertionResults) {
        if (status === "passed") total.passed++;
        else if (status === "failed") failed++;
        else skipped.push(fullName);
      }
    }
  } catch (error) {
    console.error(`no report of the tests on ${runtime}: ${error}`);
    failed++;
  }
  rmSync(scratch, { recursive: true, force: true });
  total.failed += failed;
  total.skipped += skipped.length;
  if (!ran || failed > 0) sound = false;
  for (const name of skipped) console.log(`skipped on ${runtime}: ${name}`);
  if ((filters.length === 0 || values["update-skips"]) && !values.full && !sameSkips(runtime, skipped)) sound = false;
}

if (values["update-skips"]) writeFileSync(skipsFile, `${JSON.stringify(expectedSkips, null, 2)}\n`);
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = sound ? 0 : 1;

function run([command = "", ...args]: readonly string[], env: Record<string, string> = {}): boolean {
  const { status, error } = spawnSync(command, args, { stdio: "inherit", env: { ...process.env, ...env } });
  if (error !== undefined) console.error(`cannot run ${command}: ${error.message}`);
  return status === 0;
}

function sameSkips(runtime: Runtime, skipped: readonly string[]): boolean {
  const found = [...skipped].sort();
  if (values["update-skips"]) {
    expectedSkips[runtime] = found.filter((name) => !skippedForWantOf.includes(name));
    return true;
  }
  const expected = [...(expectedSkips[runtime] ?? []), ...skippedForWantOf];
  const surprising = found.filter((name) => !expected.includes(name));
  const missing = expected.filter((name) => !found.includes(name));
  for (const name of surprising) console.error(`skipped on ${runtime}, but not expected to be: ${name}`);
  for (const name of missing) console.error(`expected to be skipped on ${runtime}, but was not: ${name}`);
  return surprising.length === 0 && missing.length === 0;
}
