/** What the bench finds out, as it is written with `--json`: tables of figures, each with every round. */
import type { BenchFacts } from "./facts.ts";

/** Loopp's as its users have it; with nothing around it; a half of it with a half of another; what a user would pick instead; what bounds them all. */
export type Role = "ours" | "bare" | "mixed" | "peer" | "bound";

export interface RunResults {
  readonly facts: BenchFacts;
  readonly rounds: number;
  readonly windowMs: number;
  readonly tables: readonly BenchTable[];
}

export interface BenchTable {
  /** For pictures and marks of pages, such as "worker". */
  readonly name: string;
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
}

export interface Column {
  readonly name: string;
  readonly title: string;
  /** What a figure counts, such as "µs" or "calls/s". */
  readonly unit: string;
  readonly better: "more" | "less";
}

export interface Row {
  readonly name: string;
  readonly about: string;
  readonly role: Role;
  /** The rows that ratios are taken to. */
  readonly against: readonly string[];
  /** By the column's name: one figure for each round. Left out, or empty, where there is none. */
  readonly figures: Readonly<Record<string, readonly number[]>>;
  /** Why figures are missing. */
  readonly remarks: readonly string[];
}
