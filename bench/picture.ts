/** A table as a picture: plain bars in SVG, a column of panels for each runtime and a row of them for each figure. */
import { shortNumber } from "./report.ts";
import type { BenchTable, Column, Role, Row } from "./results.ts";
import { spreadOf } from "./statistics.ts";

export interface Pictured {
  /** Above its panels, such as "Bun 1.4.5". */
  readonly title: string;
  readonly table: BenchTable;
}

const width = 960;
const margin = 12;
/** Of the rows' names, before the first panel. */
const namesWidth = 138;
/** Of the number behind a bar. */
const numberWidth = 50;
const barHeight = 11;
const rowHeight = 16;
const headHeight = 30;
const gap = 16;

const colours: Readonly<Record<Role, string>> = {
  ours: "#1f5fbf",
  bare: "#8fb4e8",
  mixed: "#2a9d8f",
  peer: "#8a8f98",
  bound: "#d5d8dd",
};
const legend: readonly (readonly [Role, string])[] = [
  ["ours", "loopp"],
  ["bare", "loopp, bare"],
  ["mixed", "half loopp"],
  ["peer", "others"],
  ["bound", "bounds"],
];

/** @throws RangeError for no tables at all */
export function drawTables(pictured: readonly Pictured[]): string {
  const [first] = pictured;
  if (first === undefined) throw new RangeError("There is nothing to draw");
  const { columns, rows } = first.table;
  const panelWidth = (width - 2 * margin - namesWidth) / pictured.length - gap;
  const left = (index: number) => margin + namesWidth + index * (panelWidth + gap);
  const bandHeight = headHeight + rows.length * rowHeight + gap;
  const top = 52;
  const height = top + columns.length * bandHeight;
  const roles = new Set(rows.map(({ role }) => role));
  const parts = [
    ...drawLegend(legend.filter(([role]) => roles.has(role))),
    ...pictured.map(({ title }, index) => text(left(index), 44, title, 'font-weight="bold"')),
    ...columns.flatMap((column, band) => {
      const y = top + band * bandHeight;
      return [
        text(margin, y + 16, titleOf(column), 'font-weight="bold"'),
        ...rows.map(({ name }, index) => {
          const line = y + headHeight + index * rowHeight + barHeight - 2;
          return text(margin + namesWidth - 8, line, name, 'text-anchor="end"');
        }),
        ...pictured.flatMap(({ table }, index) =>
          drawPanel(column, rows, table, left(index), y + headHeight, panelWidth),
        ),
      ];
    }),
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="11">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...parts,
    "</svg>",
    "",
  ].join("\n");
}

function titleOf({ title, unit, better }: Column): string {
  return `${title} (${unit}, ${better} is better)`;
}

function drawLegend(entries: readonly (readonly [Role, string])[]): string[] {
  return entries.flatMap(([role, title], index) => {
    const x = margin + index * 110;
    return [rect(x, 10, 12, barHeight, colours[role]), text(x + 18, 19, title)];
  });
}

/** Bounds do not set the scale: their bars are cut, and end in two strokes, where they are longer than all others. */
function drawPanel(
  { name }: Column,
  rows: readonly Row[],
  table: BenchTable,
  x: number,
  y: number,
  panelWidth: number,
): string[] {
  const found = rows.map((row) => {
    const values = table.rows.find((one) => one.name === row.name)?.figures[name] ?? [];
    return { role: row.role, spread: values.length === 0 ? undefined : spreadOf(values) };
  });
  const scaling = found.filter(({ role, spread }) => role !== "bound" && spread !== undefined);
  const most = Math.max(...(scaling.length === 0 ? found : scaling).map(({ spread }) => spread?.median ?? 0));
  const room = panelWidth - numberWidth;
  const lengthOf = (value: number) => Math.min(room, (value / most) * room);
  return [
    `<line x1="${x}" y1="${y - 3}" x2="${x}" y2="${y + rows.length * rowHeight}" stroke="#9aa0a8"/>`,
    ...found.flatMap(({ role, spread }, index) => {
      const line = y + index * rowHeight;
      if (spread === undefined) return [text(x + 4, line + barHeight - 2, "–")];
      const length = round(lengthOf(spread.median));
      const [from, to] = [round(lengthOf(spread.min)), round(lengthOf(spread.max))];
      const middle = line + barHeight / 2;
      const isCut = spread.median > most;
      const ends = isCut
        ? `<path d="M${round(x + room - 12)} ${line + barHeight + 1}l4 -13m3 0l-4 13" stroke="#ffffff" stroke-width="1.5"/>`
        : `<line x1="${round(x + from)}" y1="${middle}" x2="${round(x + to)}" y2="${middle}" stroke="#222222"/>`;
      return [
        rect(x, line, Math.max(1, length), barHeight, colours[role]),
        ends,
        text(round(x + Math.max(length, isCut ? 0 : to) + 4), line + barHeight - 2, shortNumber(spread.median)),
      ];
    }),
  ];
}

function rect(x: number, y: number, w: number, h: number, fill: string): string {
  return `<rect x="${x}" y="${y}" width="${w}" height="${h}" fill="${fill}"/>`;
}

function text(x: number, y: number, content: string, attributes = ""): string {
  const escaped = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${x}" y="${y}" fill="#222222"${attributes === "" ? "" : ` ${attributes}`}>${escaped}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
