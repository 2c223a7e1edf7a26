/** The results as Markdown: a table of figures, a table of ratios, and what each row is. */
import type { BenchFacts } from "./facts.ts";
import type { Load } from "./loads.ts";
import type { ContenderResult } from "./run.ts";
import { type Spread, spreadOf } from "./statistics.ts";

export interface ReportInput {
  readonly facts: BenchFacts;
  readonly loads: readonly Load[];
  readonly results: readonly ContenderResult[];
  readonly rounds: number;
  readonly windowMs: number;
}

/** A Markdown section about one run. */
export function formatReport({ facts, loads, results, rounds, windowMs }: ReportInput): string {
  return [
    `## ${facts.runtime} ${facts.runtimeVersion}`,
    "",
    `${facts.cpus} cores of ${facts.cpuModel}, ${facts.platform}; load average ${facts.loadAverage.toFixed(1)} at the start.`,
    `${rounds} interleaved round${rounds === 1 ? "" : "s"} with windows of ${windowMs} ms. Median (min to max) of the rounds, in calls or messages a second.`,
    Object.entries(facts.packages)
      .map(([name, version]) => `${name} ${version}`)
      .join(", "),
    "",
    ...formatFigures(loads, results),
    "",
    ...formatRatios(loads, results),
    "",
    ...results.map(({ name, about }) => `- **${name}**: ${about}`),
    "",
  ].join("\n");
}

function formatFigures(loads: readonly Load[], results: readonly ContenderResult[]): string[] {
  const rows = results.map((result) => {
    const cells = loads.flatMap((load) => {
      const { perSecond = [], p50Us = [], p99Us = [] } = result.loads[load.name] ?? {};
      const rate = perSecond.length === 0 ? "–" : withRange(spreadOf(perSecond), shortNumber);
      if (!timesSingleCalls(load, results)) return [rate];
      const times = [p50Us, p99Us].map((values) => (values.length === 0 ? "–" : shortNumber(spreadOf(values).median)));
      return [rate, times.join(" / ")];
    });
    return [result.name, ...cells, remarksOn(result, loads)];
  });
  const heads = loads.flatMap((load) =>
    timesSingleCalls(load, results) ? [load.title, "p50 / p99 µs"] : [load.title],
  );
  return table(["", ...heads, "remarks"], rows);
}

function timesSingleCalls({ name }: Load, results: readonly ContenderResult[]): boolean {
  return results.some(({ loads }) => (loads[name]?.p50Us.length ?? 0) > 0);
}

/** Why a row has gaps. */
function remarksOn({ failure, loads: byName }: ContenderResult, loads: readonly Load[]): string {
  if (failure !== undefined) return `does not run here: ${oneLine(failure)}`;
  return loads
    .flatMap(({ name, title }) => {
      const { failure, perSecond } = byName[name] ?? { perSecond: [] };
      if (failure !== undefined) return [`${title}: ${oneLine(failure)}`];
      return perSecond.length === 0 ? [`${title}: it has none`] : [];
    })
    .join("; ");
}

function formatRatios(loads: readonly Load[], results: readonly ContenderResult[]): string[] {
  const pairs = results.flatMap((one) =>
    results.filter(({ name }) => one.peers.includes(name)).map((other) => ({ one, other })),
  );
  if (pairs.length === 0) return [];
  const rows = pairs.map(({ one, other }) => [
    `${one.name} / ${other.name}`,
    ...loads.map(({ name }) => {
      const ratios = ratiosOf(one.loads[name]?.perSecond, other.loads[name]?.perSecond);
      return ratios.length === 0 ? "–" : withRange(spreadOf(ratios), shortNumber);
    }),
  ]);
  return table(["times as many", ...loads.map(({ title }) => title)], rows);
}

/** Round by round: the two windows of one round had the same weather. */
export function ratiosOf(one: readonly number[] = [], other: readonly number[] = []): number[] {
  return one.slice(0, other.length).map((value, round) => value / (other[round] ?? Number.NaN));
}

function withRange({ median, min, max }: Spread, format: (value: number) => string): string {
  return `**${format(median)}** (${format(min)} to ${format(max)})`;
}

/** Three digits that count: 0.0217, 1.25, 645, 3.86k, 7.12M. */
export function shortNumber(value: number): string {
  if (value >= 999_500) return `${(value / 1e6).toPrecision(3)}M`;
  if (value >= 999.5) return `${(value / 1000).toPrecision(3)}k`;
  return value.toPrecision(3);
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const alignments = heads.map((head, index) => (index === 0 || head === "remarks" ? "---" : "---:"));
  return [line(heads), `|${alignments.join("|")}|`, ...rows.map(line)];
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").replaceAll("|", "\\|").trim();
}
