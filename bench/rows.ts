/** Tables whose rows each measure something of their own: each round asks every row once. */
import { errorText } from "../src/values/error-text.ts";
import type { BenchTable, Column, Role, Row } from "./results.ts";

export interface MeasuredRow {
  readonly name: string;
  readonly about: string;
  readonly role: Role;
  readonly against?: readonly string[];
  /** What may take long, once. A rejection says why the row has no figures. */
  prepare?(): Promise<unknown>;
  /** Figures of one round, by the name of the column. A rejection says why there are none, and the row is not asked again. */
  measure(): Promise<Readonly<Record<string, number | undefined>>>;
}

export interface MeasuredTable {
  readonly name: string;
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly MeasuredRow[];
}

export interface RoundOptions {
  readonly rounds: number;
  /** Told what happens, in a line. */
  onProgress?(line: string): void;
}

export async function runRows(table: MeasuredTable, { rounds, onProgress }: RoundOptions): Promise<BenchTable> {
  const { name, title, columns } = table;
  const found = table.rows.map(({ name, about, role, against = [] }) => {
    return { name, about, role, against, figures: {} as Record<string, number[]>, remarks: [] as string[] };
  });
  const attempt = async (index: number, work: () => Promise<void>) => {
    const row = found[index];
    if (row === undefined || row.remarks.length > 0) return;
    try {
      await work();
    } catch (error) {
      row.remarks.push(`does not run here: ${errorText(error)}`);
    }
  };
  for (const [index, row] of table.rows.entries()) {
    await attempt(index, async () => void (await row.prepare?.()));
  }
  for (let round = 0; round < rounds; round++) {
    onProgress?.(`${name}: round ${round + 1} of ${rounds}`);
    for (const [index, row] of table.rows.entries()) {
      await attempt(index, async () => {
        for (const [column, value] of Object.entries(await row.measure())) {
          if (value === undefined) continue;
          const { figures = {} } = found[index] ?? {};
          figures[column] ??= [];
          figures[column].push(value);
        }
      });
    }
  }
  return { name, title, columns, rows: found satisfies readonly Row[] };
}
