/**
 * Holds the tables of docs/interop.md against what the tests of test/interop came to when they ran last, on Bun and on Node.
 * `--write` writes them instead. What only the full run has stands in a table of its own, which other runs leave as it is.
 */
import {
  fullRunFolder,
  type InteropResult,
  type InteropRuntime,
  interopRuntimes,
  readInteropResults,
} from "./interop-results.ts";
import { holdBlock, markdownTable } from "./page-block.ts";

const headings: Readonly<Record<InteropRuntime, string>> = { bun: "Bun", node: "Node" };

/** A check by its name: what came of it, by runtime. */
type Checks = Map<string, Map<InteropRuntime, string>>;
/** By binary and version, then by who hosts whom. */
type Binaries = Map<string, Map<string, Checks>>;

const page = "docs/interop.md";
const script = "scripts/interop-table.ts";

const ofEveryRun = collect(({ file }) => !file.startsWith(fullRunFolder));
holdBlock(page, "results", `\n${summary(ofEveryRun)}\n${[...ofEveryRun].map(details).join("\n")}\n`, script);
const ofFullRun = collect(({ file }) => file.startsWith(fullRunFolder));
if (ofFullRun.size > 0) {
  holdBlock(page, "results of the full run", `\n${[...ofFullRun].map(details).join("\n")}\n`, script);
}

function collect(isWanted: (result: InteropResult) => boolean): Binaries {
  const binaries: Binaries = new Map();
  for (const runtime of interopRuntimes) {
    const wanted = readInteropResults(runtime).filter(isWanted);
    const results = wanted.map((result) => ({ ...result, ...parse(result.suite) }));
    // Files end in any order; within one, the order is the author's. The sort keeps it.
    results.sort((one, other) => compare(one.suite, other.suite) || compare(one.file, other.file));
    for (const { binary, what, check, status } of results) {
      const suites = entry(binaries, binary, () => new Map<string, Checks>());
      const checks = entry(suites, what, (): Checks => new Map());
      const found = entry(checks, check, () => new Map<InteropRuntime, string>());
      if (found.has(runtime)) throw new Error(`There are two tests "${check}" of "${binary}: ${what}"`);
      found.set(runtime, status);
    }
  }
  return binaries;
}

/** @throws SyntaxError for a suite that has another name than test/interop/support.ts gives */
function parse(suite: string): { binary: string; what: string } {
  const { binary, what } = /^(?<binary>\S+ v\S+): (?<what>.+)$/.exec(suite)?.groups ?? {};
  if (binary === undefined || what === undefined) {
    throw new SyntaxError(`Cannot read the suite "${suite}": it is not "<binary> <version>: <what>"`);
  }
  return { binary, what };
}

function summary(all: Binaries): string {
  const rows = [...all].map(([binary, suites]) => {
    const checks = [...suites.values()].flatMap((suite) => [...suite.values()]);
    const passed = interopRuntimes.map((runtime) => checks.filter((check) => check.get(runtime) === "passed").length);
    return [binary, ...passed.map((count) => `${count} of ${checks.length}`)];
  });
  return markdownTable(["binary", ...interopRuntimes.map((runtime) => `checks passed on ${headings[runtime]}`)], rows);
}

function details([binary, suites]: [string, Map<string, Checks>]): string {
  const sections = [...suites].map(([what, checks]) => {
    const rows = [...checks].map(([check, found]) => [
      check,
      ...interopRuntimes.map((runtime) => found.get(runtime) ?? "not run"),
    ]);
    return markdownTable([what, ...interopRuntimes.map((runtime) => headings[runtime])], rows);
  });
  return `### ${binary}\n\n${sections.join("\n")}`;
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
