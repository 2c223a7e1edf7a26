/**
 * `npm run bench`: loopp's transports against what a user would pick instead, on the runtime that runs this file.
 *
 *     bun bench/main.ts [--quick] [--rounds N] [--window-ms N] [--only NAME ...] [--load NAME ...] [--json FILE]
 *
 * Prints Markdown on its standard output; progress goes to standard error.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { errorText } from "../src/values/error-text.ts";
import { contests } from "./contenders/index.ts";
import { collectFacts } from "./facts.ts";
import { loads } from "./loads.ts";
import { formatReport } from "./report.ts";
import type { BenchTable, RunResults } from "./results.ts";
import { runContest } from "./run.ts";

try {
  const options = readOptions();
  const facts = collectFacts();
  const tables: BenchTable[] = [];
  for (const contest of options.contests) {
    tables.push(await runContest(contest, { ...options, onProgress: (line) => console.error(line) }));
  }
  const { rounds, windowMs, json } = options;
  const results: RunResults = { facts, rounds, windowMs, tables };
  console.log(formatReport(results));
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(results)}\n`);
  // A peer that failed may have left something behind that would keep the process.
  process.exit(0);
} catch (error) {
  console.error(errorText(error));
  process.exit(2);
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      quick: { type: "boolean", default: false },
      rounds: { type: "string" },
      "window-ms": { type: "string" },
      only: { type: "string", multiple: true, default: [] },
      load: { type: "string", multiple: true, default: [] },
      json: { type: "string" },
    },
  });
  const all = contests.flatMap(({ contenders }) => contenders);
  const contenders = pick("--only", all, values.only);
  return {
    rounds: wholeNumber("--rounds", values.rounds ?? (values.quick ? "1" : "3")),
    windowMs: wholeNumber("--window-ms", values["window-ms"] ?? (values.quick ? "100" : "250")),
    contests: contests
      .map((contest) => ({ ...contest, contenders: contest.contenders.filter((one) => contenders.includes(one)) }))
      .filter(({ contenders }) => contenders.length > 0),
    loads: pick("--load", loads, values.load),
    json: values.json,
  };
}

function wholeNumber(option: string, text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new RangeError(`${option}: expected a whole number from 1, got "${text}"`);
  return Number(text);
}

/** Those with the names, or all. An option can be given often, or once with commas. */
function pick<T extends { readonly name: string }>(option: string, all: readonly T[], given: readonly string[]) {
  const names = given.flatMap((text) => text.split(","));
  const unknown = names.find((name) => !all.some((one) => one.name === name));
  if (unknown !== undefined) {
    const known = all.map(({ name }) => name).join(", ");
    throw new RangeError(`${option}: nothing is called "${unknown}"; there are ${known}`);
  }
  return names.length === 0 ? all : all.filter(({ name }) => names.includes(name));
}
