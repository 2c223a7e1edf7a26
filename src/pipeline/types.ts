/** The parts of a pipeline: tasks, the values between them, and what a task gets when it runs. */
import type { LosslessNumber } from "lossless-json";
import type { Decimal } from "./decimal.ts";
import type { TaskError } from "./errors.ts";
import type { Proxies } from "./proxies.ts";

/** The value that a task passes to the next. A JSON number keeps its digits. */
export type Value =
  | null
  | boolean
  | string
  | Uint8Array
  | Decimal
  | LosslessNumber
  | readonly Value[]
  | { readonly [key: string]: Value };

export type TaskResult =
  | { readonly value: Value; readonly error?: undefined }
  | { readonly error: TaskError; readonly value?: undefined };

/** A pipeline that has been checked and can be run. */
export interface Pipeline {
  /** The text from which it was read. */
  readonly source: string;
  /** Every task is after the tasks that it waits for. */
  readonly tasks: readonly Task[];
  /** The task whose value is the observation; the last of `tasks`. */
  readonly last: Task;
}

export interface Task {
  readonly name: string;
  readonly type: string;
  /** The line in the pipeline's text, from 1. */
  readonly line: number;
  /** Names of its input tasks, sorted by their `index`, then by their order in the text. */
  readonly inputs: readonly string[];
  /** Names of all tasks that it waits for: its inputs, and the tasks that its attributes refer to. */
  readonly dependencies: readonly string[];
  readonly shared: SharedAttributes;
  /** Whether it requests data from a server: it can be retried and has the default timeout of requests. */
  readonly requests: boolean;
  readonly work: TaskWork;
}

/** The attributes that every task type has. Durations in milliseconds. */
export interface SharedAttributes {
  /** Time for one attempt; Infinity where the task itself sets none. Default: the limits of the job and the run. */
  readonly timeoutMs: number | undefined;
  /** Further attempts after a failed one. Default 0. Only http and bridge tasks are retried. */
  readonly retries: number;
  /** Wait before the first further attempt, doubled before each next one. Default, and for zero: 5000. */
  readonly minBackoffMs: number;
  /** The longest wait, the first one too. Default, and for zero: 60 000, or what the first wait is. */
  readonly maxBackoffMs: number;
  /** Ends the whole run when this task fails. Default false. */
  readonly failEarly: boolean;
  /** Position among the inputs of the next tasks. Default 0. */
  readonly index: number;
}

/** What a task does in every run. */
export interface TaskWork {
  /** May throw anything, which becomes the task's error. */
  run(call: TaskCall): Value | Promise<Value>;
  /** The value to use when `run` has failed or is too slow. `undefined`: none. */
  fallback?(call: TaskCall): Value | undefined;
}

export interface TaskCall {
  readonly task: string;
  readonly inputs: readonly TaskResult[];
  readonly scope: Scope;
  /** Aborts when the task's time has passed. */
  readonly signal: AbortSignal;
  readonly environment: RunSettings;
}

/** The values that `$(...)` refers to. */
export interface Scope {
  /** @returns undefined when nothing has that name */
  get(name: string): TaskResult | undefined;
}

/** What all runs of a pipeline share. */
export interface RunSettings {
  /** Adapter URLs by name. */
  readonly bridges: ReadonlyMap<string, string>;
  /** Whether http tasks may reach local addresses when the task does not say so itself. */
  readonly allowLocalAddresses: boolean;
  /** Longest body of a response, in bytes. */
  readonly maxBodyBytes: number;
  /** Through which proxies requests go. Default: none. */
  readonly proxies?: Proxies;
  /** The last good answer of each bridge task, for those with a `cacheTTL`. */
  readonly bridgeCache: Map<string, { readonly body: string; readonly keptAt: number }>;
}
