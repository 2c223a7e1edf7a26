/**
 * `npm run bench`: loopp's transports against what a user would pick instead.
 *
 *     bun bench/main.ts [--transports] [--growth] [--start] [--memory] [--node] [--quick] [--rounds N] [--window-ms N]
 *                       [--only NAME ...] [--load NAME ...] [--json FILE]
 *     bun bench/main.ts --all [--write] [--quick] [--rounds N] [--window-ms N] [--json FILE]
 *
 * Without the name of a part it measures the transports, on the runtime that runs this file; with `--all`, every part on Bun, Node and
 * Deno. Prints Markdown on its standard output; progress goes to standard error. `--write` makes docs/performance.md of the results.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { errorText } from "../src/values/error-text.ts";
import { runAll } from "./all.ts";
import { runtimeArgs } from "./contenders/server.ts";
import { collectFacts } from "./facts.ts";
import { type BenchOptions, readOptions } from "./options.ts";
import { performanceFolder, resultsFile } from "./page.ts";
import { formatReport } from "./report.ts";
import type { BenchTable, RunResults } from "./results.ts";

try {
  const options = readOptions(process.argv.slice(2));
  const results = options.isAll ? runOnAll(options) : await runHere(options);
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(results)}\n`);
  // A peer that failed may have left something behind that would keep the process.
  process.exit(0);
} catch (error) {
  console.error(errorText(error));
  process.exit(2);
}

async function runHere({ parts, ...options }: BenchOptions): Promise<RunResults> {
  const facts = collectFacts();
  const tables: BenchTable[] = [];
  for (const part of parts) {
    tables.push(...(await part.run({ ...options, onProgress: (line) => console.error(line) })));
  }
  const { rounds, windowMs } = options;
  const results = { facts, rounds, windowMs, tables };
  console.log(formatReport(results));
  return results;
}

function runOnAll({ parts, rounds, windowMs, isWritten }: BenchOptions): readonly RunResults[] {
  const results = runAll(parts, ["--rounds", String(rounds), "--window-ms", String(windowMs)]);
  if (isWritten) writePage(results);
  return results;
}

function writePage(results: readonly RunResults[]): void {
  const fileOf = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
  mkdirSync(fileOf(performanceFolder), { recursive: true });
  writeFileSync(fileOf(resultsFile), `${JSON.stringify(results)}\n`);
  const { status } = spawnSync(process.execPath, [...runtimeArgs, fileOf("scripts/performance.ts"), "--write"], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (status !== 0) throw new Error("The results are written, but the page could not be made of them");
}
