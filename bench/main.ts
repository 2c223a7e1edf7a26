/**
 * `npm run bench`: loopp's transports against what a user would pick instead, on the runtime that runs this file.
 *
 *     bun bench/main.ts [--growth] [--start] [--memory] [--node] [--quick] [--rounds N] [--window-ms N]
 *                       [--only NAME ...] [--load NAME ...] [--json FILE]
 *
 * Prints Markdown on its standard output; progress goes to standard error.
 */
import { writeFileSync } from "node:fs";
import { errorText } from "../src/values/error-text.ts";
import { collectFacts } from "./facts.ts";
import { readOptions } from "./options.ts";
import { formatReport } from "./report.ts";
import type { BenchTable, RunResults } from "./results.ts";

try {
  const { parts, json, ...options } = readOptions(process.argv.slice(2));
  const facts = collectFacts();
  const tables: BenchTable[] = [];
  for (const part of parts) {
    tables.push(...(await part.run({ ...options, onProgress: (line) => console.error(line) })));
  }
  const { rounds, windowMs } = options;
  const results: RunResults = { facts, rounds, windowMs, tables };
  console.log(formatReport(results));
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(results)}\n`);
  // A peer that failed may have left something behind that would keep the process.
  process.exit(0);
} catch (error) {
  console.error(errorText(error));
  process.exit(2);
}
