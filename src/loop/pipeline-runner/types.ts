/** What runs a pipeline for a product: the host's, with the host's bridges and limits. */
import type { JsonObject } from "@bufbuild/protobuf";
import type { CallOptions } from "../types.ts";

export interface PipelineRunner {
  /**
   * Runs a pipeline once.
   * @param spec the pipeline's text, in the language of job specs
   * @param vars what `$(name)` stands for in it; numbers are doubles on the wire
   * @returns every task's result. A task that fails is no error of the run
   */
  executeRun(spec: string, vars: JsonObject, options?: ExecuteRunOptions): Promise<readonly TaskResult[]>;
}

export interface ExecuteRunOptions extends CallOptions {
  /** Longest time for each task, in milliseconds. Default and 0: the host's. */
  readonly maxTaskDurationMs?: number;
}

export interface TaskResult {
  /** The task's name in the pipeline. */
  readonly id: string;
  /** Such as `http` or `median`. */
  readonly type: string;
  /** `null` where there is an error. Chainlink's nodes write decimals as text, and whole numbers of any size as numbers. */
  readonly value: PipelineValue;
  readonly error?: string;
  /** Whether no other task takes the value in: it is a result of the run. */
  readonly isTerminal: boolean;
  /** Place among the results of the run, int32. */
  readonly index: number;
}

/** JSON, where an integer that a double does not hold is a bigint. */
export type PipelineValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly PipelineValue[]
  | { readonly [key: string]: PipelineValue };
