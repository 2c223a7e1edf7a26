/** A part of the bench: what it measures, and how it is asked for. */
import type { BenchTable } from "../results.ts";
import type { RunOptions } from "../run.ts";

export interface Part {
  /** Asked for by `--<name>`. */
  readonly name: string;
  run(options: PartOptions): Promise<readonly BenchTable[]>;
}

export interface PartOptions extends RunOptions {
  /** Names of contenders; all where there are none. */
  readonly only: readonly string[];
}
