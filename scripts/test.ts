/**
 * Runs the tests on the runtimes that are named (default: all three) and compares what they skipped with
 * test/expected-skips.json: the skips of each runtime, and under "without" those that are expected where a program or a right is missing, and
 * only there; a folder there stands for whatever is skipped in it. Where no tests are named, Node and Deno leave out what Bun
 * is enough for (test/matrix.ts); `--full` runs everything everywhere, in its full size. `--check` runs `npm run check` first. `--update-skips` writes the
 * runtimes' skips instead of comparing. What the tests of test/interop came to is kept for scripts/interop-table.ts, and held
 * against its table. Ends with the names of the tests that failed, and one line: N passed, N failed, N skipped.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, stripVTControlCharacters } from "node:util";
import { leftToBun } from "../test/matrix.ts";
import { findGo, findProgram } from "./find-program.ts";
import { type InteropResult, interopFolder, saveInteropResults } from "./interop-results.ts";

const commands = {
  bun: ["bun", "--bun", "node_modules/vitest/vitest.mjs", "run", "--pool=threads"],
  node: ["node", "node_modules/vitest/vitest.mjs", "run"],
  deno: ["deno", "run", "--allow-all", "--no-lock", "node_modules/vitest/vitest.mjs", "run"],
} as const;
type Runtime = keyof typeof commands;

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
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
/** Whether Node and Deno are to leave out what Bun is enough for. */
const isChangeOnly = filters.length === 0 && !values.full;

const skipsFile = new URL("../test/expected-skips.json", import.meta.url);
const expectedSkips: Record<Runtime, string[]> & { readonly without: Readonly<Record<string, readonly string[]>> } =
  JSON.parse(readFileSync(skipsFile, "utf8"));
const go = findGo();
const skippedForWantOf = Object.entries(expectedSkips.without)
  .filter(([program]) => isMissing(program))
  .flatMap(([program, names]) => {
    const which = names.every(isFolder) ? `the tests in ${names.join(", ")}` : `${names.length} tests`;
    console.log(`no ${program} here: ${which} that need it are skipped`);
    return names;
  });
const root = fileURLToPath(new URL("../", import.meta.url));
/** Whether every test of test/interop is among those that are to run. */
const isWhole = filters.length === 0 || (filters.length === 1 && filters[0] === interopFolder);
const total = { passed: 0, failed: 0, skipped: 0 };
/** One line for each, printed last: who sees only the end of the output sees what failed. */
const failures: string[] = [];
let sound = true;

if (values.check && !run(["npm", "run", "--silent", "check"])) sound = false;

for (const runtime of runtimes) {
  console.log(`\n=== ${runtime}`);
  if (isChangeOnly && runtime !== "bun") {
    const files = leftToBun.flatMap((part) => part.files);
    console.log(`left to Bun, and to test:full on ${runtime}: ${files.join(", ")}; see test/matrix.ts`);
  }
  const scratch = mkdtempSync(join(tmpdir(), "loopp-test-"));
  const outputFile = join(scratch, "report.json");
  const ran = run(
    [...commands[runtime], "--reporter=dot", "--reporter=json", `--outputFile.json=${outputFile}`, ...filters],
    values.full ? { LOOPP_TEST_FULL: "1" } : isChangeOnly ? { LOOPP_TEST_CHANGE: "1" } : {},
  );
  const skipped: Skip[] = [];
  const interop: InteropResult[] = [];
  const failed: string[] = [];
  try {
    const report: Report = JSON.parse(readFileSync(outputFile, "utf8"));
    for (const file of report.testResults) {
      const path = relative(root, file.name);
      // A hook that failed belongs to no test, and is told nothing of: the tests that it was for count as skipped.
      const hasFailed = file.status === "failed" && !file.assertionResults.some(({ status }) => status === "failed");
      if (hasFailed || file.assertionResults.length === 0)
        failed.push(`${path}: ${firstLine(file.message) || "what goes before or after its tests"}`);
      for (const { ancestorTitles, title, fullName, status, failureMessages } of file.assertionResults) {
        if (status === "passed") total.passed++;
        else if (status === "failed") failed.push(`${path}: ${fullName}: ${firstLine(failureMessages[0] ?? "")}`);
        else skipped.push({ name: fullName, path });
        const [suite = "", ...groups] = ancestorTitles;
        if (path.startsWith(`${interopFolder}/`))
          interop.push({ file: path, suite, check: [...groups, title].join(" "), status });
      }
    }
  } catch (error) {
    failed.push(`there is no report of the tests: ${error}`);
  }
  rmSync(scratch, { recursive: true, force: true });
  total.failed += failed.length;
  failures.push(...failed.map((line) => `failed on ${runtime}: ${line}`));
  total.skipped += skipped.length;
  if (!ran || failed.length > 0) sound = false;
  if (isWhole && go !== undefined && runtime !== "deno") saveInteropResults(runtime, interop);
  for (const skip of skipped) {
    // One line above speaks for a whole folder.
    if (!isInMissing(skip)) console.log(`skipped on ${runtime}: ${skip.name}`);
  }
  if ((filters.length === 0 || values["update-skips"]) && !values.full && !sameSkips(runtime, skipped)) sound = false;
}

const isCompared = filters.length === 0 && go !== undefined && runtimes.includes("bun") && runtimes.includes("node");
if (isCompared && !run(["node", "scripts/interop-table.ts"])) sound = false;

if (values["update-skips"]) writeFileSync(skipsFile, `${JSON.stringify(expectedSkips, null, 2)}\n`);
for (const line of failures) console.error(line);
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = sound ? 0 : 1;

function run([command = "", ...args]: readonly string[], env: Record<string, string> = {}): boolean {
  const { status, error } = spawnSync(command, args, { stdio: "inherit", env: { ...process.env, ...env } });
  if (error !== undefined) console.error(`cannot run ${command}: ${error.message}`);
  return status === 0;
}

function firstLine(text: string): string {
  return stripVTControlCharacters(text).split("\n", 1)[0] ?? "";
}

interface Skip {
  readonly name: string;
  /** The test's file. */
  readonly path: string;
}

function sameSkips(runtime: Runtime, skipped: readonly Skip[]): boolean {
  const found = skipped.filter((skip) => !isInMissing(skip)).map(({ name }) => name);
  found.sort();
  if (values["update-skips"]) {
    expectedSkips[runtime] = found.filter((name) => !skippedForWantOf.includes(name));
    return true;
  }
  const expected = [...(expectedSkips[runtime] ?? []), ...skippedForWantOf.filter((name) => !isFolder(name))];
  const surprising = found.filter((name) => !expected.includes(name));
  const missing = expected.filter((name) => !found.includes(name));
  for (const name of surprising) console.error(`skipped on ${runtime}, but not expected to be: ${name}`);
  for (const name of missing) console.error(`expected to be skipped on ${runtime}, but was not: ${name}`);
  return surprising.length === 0 && missing.length === 0;
}

/** Whether a test stands in a folder that may be skipped for want of a program. */
function isInMissing({ path }: Skip): boolean {
  return skippedForWantOf.some((name) => isFolder(name) && path.startsWith(name));
}

/** Whether a program is not on this machine or, for a name in capitals, the environment does not say where it is. */
function isMissing(program: string): boolean {
  if (program === "root") return process.geteuid?.() !== 0;
  if (program === "unshare --pid") return spawnSync("unshare", ["--pid", "--fork", "true"]).status !== 0;
  if (program === program.toUpperCase()) return (process.env[program] ?? "") === "";
  return (program === "go" ? go : findProgram(program)) === undefined;
}

function isFolder(name: string): boolean {
  return name.endsWith("/");
}
