/** What docs/performance.md shows of the results: a block and a picture for each table, of all runtimes together. */
import { markdownTable } from "../scripts/page-block.ts";
import { drawTables, type Pictured } from "./picture.ts";
import { describeRun, formatFigures, ratiosOf, runtimeTitle, shortNumber } from "./report.ts";
import type { BenchTable, RunResults } from "./results.ts";
import { spreadOf } from "./statistics.ts";

export const performancePage = "docs/performance.md";
export const performanceFolder = "docs/performance/";
export const resultsFile = `${performanceFolder}results.json`;

export interface PageParts {
  /** Contents by the name of the block. */
  readonly blocks: ReadonlyMap<string, string>;
  /** SVG by the file's name in {@link performanceFolder}. */
  readonly pictures: ReadonlyMap<string, string>;
}

/** @param results one for each runtime, with the same tables */
export function pageParts(results: readonly RunResults[]): PageParts {
  const blocks = new Map([["conditions", `\n${results.map(conditions).join("\n")}\n`]]);
  const pictures = new Map<string, string>();
  const names = new Set(results.flatMap(({ tables }) => tables.map(({ name }) => name)));
  for (const name of names) {
    const pictured = results.flatMap(({ facts, tables }) =>
      tables.filter((table) => table.name === name).map((table): Pictured => ({ title: runtimeTitle(facts), table })),
    );
    pictures.set(`${name}.svg`, drawTables(pictured));
    blocks.set(`${name} figures`, block(name, pictured));
  }
  return { blocks, pictures };
}

function conditions(results: RunResults): string {
  const [machine = "", rounds = "", versions = ""] = describeRun(results).split("\n");
  const { cpus, loadAverage } = results.facts;
  const busy =
    loadAverage > cpus ? " **The machine was busy with other work: read the processor time and the ratios only.**" : "";
  return `**${runtimeTitle(results.facts)}**: ${machine}${busy} ${rounds} ${versions}\n`;
}

function block(name: string, pictured: readonly Pictured[]): string {
  const [first] = pictured;
  const ratios = ratioTable(pictured);
  return [
    "",
    `![${first?.table.title ?? name}](performance/${name}.svg)`,
    "",
    ...(ratios === "" ? [] : [`How many times as good, on ${listOf(pictured)}:`, "", ratios]),
    ...pictured.flatMap(({ title, table }) => [`**${title}**`, "", formatFigures(table)]),
    ...(first?.table.rows ?? []).map(({ name, about }) => `- **${name}**: ${about}`),
    "",
    "",
  ].join("\n");
}

function listOf(pictured: readonly Pictured[]): string {
  return pictured.map(({ title }) => title.split(" ", 1)[0]).join(" / ");
}

/** Medians of all runtimes in one cell each; empty when nothing is compared. */
function ratioTable(pictured: readonly Pictured[]): string {
  const { columns = [], rows = [] }: Partial<BenchTable> = pictured[0]?.table ?? {};
  const pairs = rows.flatMap(({ name, against }) => against.map((other) => [name, other] as const));
  if (pairs.length === 0) return "";
  const find = (table: BenchTable, name: string) => table.rows.find((row) => row.name === name) ?? { figures: {} };
  return markdownTable(
    ["", ...columns.map(({ title }) => title)],
    pairs.map(([one, other]) => [
      `${one} / ${other}`,
      ...columns.map((column) =>
        pictured
          .map(({ table }) => {
            const ratios = ratiosOf(column, find(table, one), find(table, other));
            return ratios.length === 0 ? "–" : shortNumber(spreadOf(ratios).median);
          })
          .join(" / "),
      ),
    ]),
  );
}
