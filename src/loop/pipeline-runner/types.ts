/** Runs pipelines for a product, in the host, with the host's bridges and limits. */
import type { JsonObject } from "@bufbuild/protobuf";
import type { CallOptions } from "../types.ts";

export interface PipelineRunner {
  /**
   * Runs a pipeline once.
   * @param spec the pipeline in the language of job specs
   * @param vars the values of `$(name)` in it; numbers are doubles on the wire
   * @returns every task's result; a failed task does not fail the run
   */
  executeRun(spec: string, vars: JsonObject, options?: ExecuteRunOptions): Promise<readonly TaskResult[]>;
}

export interface ExecuteRunOptions extends CallOptions {
  /** Longest time for each task, in milliseconds. Default and 0: the host's limit. */
  readonly maxTaskDurationMs?: number;
}

export interface TaskResult {
  /** The task's name in the pipeline. */
  readonly id: string;
  /** Such as `http` or `median`. */
  readonly type: string;
  /** `null` when there is an error. Chainlink's nodes write decimals as strings and integers of any size as numbers. */
  readonly value: PipelineValue;
  readonly error?: string;
  /** Whether this is a result of the run: no other task has it as input. */
  readonly isTerminal: boolean;
  /** Position among the results of the run, int32. */
  readonly index: number;
}

/** JSON in which an integer that a double cannot hold is a bigint. */
export type PipelineValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly PipelineValue[]
  | { readonly [key: string]: PipelineValue };
