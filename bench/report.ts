/** Results as Markdown: a table of figures, a table of ratios, and what each row is. */
import { markdownTable } from "../scripts/page-block.ts";
import type { BenchFacts } from "./facts.ts";
import type { BenchTable, Column, Row, RunResults } from "./results.ts";
import { type Spread, spreadOf } from "./statistics.ts";

/** A section about one run, for whoever looks at the terminal. */
export function formatReport(results: RunResults): string {
  return [
    `## ${runtimeTitle(results.facts)}`,
    "",
    describeRun(results),
    "",
    ...results.tables.flatMap((table) => [`### ${table.title}`, "", formatTable(table)]),
  ].join("\n");
}

/** Such as "Bun 1.4.5". */
export function runtimeTitle({ runtime, runtimeVersion }: BenchFacts): string {
  return `${runtime.slice(0, 1).toUpperCase()}${runtime.slice(1)} ${runtimeVersion}`;
}

/** On what, how often and with which versions. */
export function describeRun({ facts, rounds, windowMs }: RunResults): string {
  const { cpus, cpuModel, platform, loadAverage, packages, time } = facts;
  return [
    `${cpus} cores of ${cpuModel}, ${platform}; ${time.slice(0, 10)}, load average ${loadAverage.toFixed(1)} at the start.`,
    `${rounds} interleaved round${rounds === 1 ? "" : "s"} with windows of ${windowMs} ms. Median (least to most) of the rounds.`,
    Object.entries(packages)
      .map(([name, version]) => `${name} ${version}`)
      .join(", "),
  ].join("\n");
}

/** Figures, ratios, and what the rows are. */
export function formatTable(table: BenchTable): string {
  const ratios = formatRatios(table);
  return [
    formatFigures(table),
    ...(ratios === "" ? [] : ["How many times as good:", "", ratios]),
    ...table.rows.map(({ name, about }) => `- **${name}**: ${about}`),
    "",
  ].join("\n");
}

export function formatFigures({ columns, rows }: BenchTable): string {
  const heads = columns.map(({ title, unit }) => `${title} (${unit})`);
  const hasRemarks = rows.some(({ remarks }) => remarks.length > 0);
  return markdownTable(
    ["", ...heads, ...(hasRemarks ? ["remarks"] : [])],
    rows.map((row) => [
      row.name,
      ...columns.map(({ name }) => withRange(row.figures[name] ?? [])),
      ...(hasRemarks ? [row.remarks.map(oneLine).join("; ")] : []),
    ]),
  );
}

/** Empty when nothing is compared. */
export function formatRatios({ columns, rows }: BenchTable): string {
  const pairs = rows.flatMap((row) =>
    rows
      .filter(({ name }) => row.against.includes(name))
      .map((other) => [
        `${row.name} / ${other.name}`,
        ...columns.map((column) => withRange(ratiosOf(column, row, other))),
      ]),
  );
  return pairs.length === 0 ? "" : markdownTable(["", ...columns.map(({ title }) => title)], pairs);
}

/**
 * How many times as good one row is as another, above 1 for better whether the column counts more or less as good.
 * Round by round: the two windows of one round had the same weather.
 */
export function ratiosOf({ name, better }: Column, row: Pick<Row, "figures">, other: Pick<Row, "figures">): number[] {
  const [ones, others] = [row.figures[name] ?? [], other.figures[name] ?? []];
  return ones
    .slice(0, others.length)
    .map((one, round) => (better === "more" ? one / (others[round] ?? 0) : (others[round] ?? 0) / one));
}

function withRange(values: readonly number[]): string {
  if (values.length === 0) return "–";
  const { median, min, max }: Spread = spreadOf(values);
  if (values.length === 1) return `**${shortNumber(median)}**`;
  return `**${shortNumber(median)}** (${shortNumber(min)} to ${shortNumber(max)})`;
}

/** Three digits that count: 0.0217, 1.25, 645, 3.86k, 7.12M. */
export function shortNumber(value: number): string {
  if (value >= 999_500) return `${(value / 1e6).toPrecision(3)}M`;
  if (value >= 999.5) return `${(value / 1000).toPrecision(3)}k`;
  return value.toPrecision(3);
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
