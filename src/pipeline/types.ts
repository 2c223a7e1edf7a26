/** What a pipeline is made of: tasks, the values that flow between them, and what a task is given when it runs. */
import type { LosslessNumber } from "lossless-json";
import type { Decimal } from "./decimal.ts";
import type { TaskError } from "./errors.ts";

/** What flows along an edge. A JSON number stays the text that it was. */
export type Value =
  | null
  | boolean
  | string
  | Decimal
  | LosslessNumber
  | readonly Value[]
  | { readonly [key: string]: Value };

export type TaskResult = { readonly value: Value; readonly error?: undefined } | { readonly error: TaskError };

/** A pipeline that has been checked and can be run. */
export interface Pipeline {
  /** The text that it was read from. */
  readonly source: string;
  /** Every task after those that it waits for. */
  readonly tasks: readonly Task[];
  /** The task whose value is the observation; the last of `tasks`. */
  readonly last: Task;
}

export interface Task {
  readonly name: string;
  readonly type: string;
  /** In the pipeline's text, from 1. */
  readonly line: number;
  /** Names of the tasks whose results it takes in, by their `index`, then in the order of the text. */
  readonly inputs: readonly string[];
  /** Names of all tasks that it waits for: its inputs, and those that its attributes refer to. */
  readonly dependencies: readonly string[];
  readonly shared: SharedAttributes;
  /** Whether it waits for somebody else, and so is worth trying again and has the default timeout of a request. */
  readonly requests: boolean;
  readonly work: TaskWork;
}

/** The attributes that every task type has. Durations in milliseconds. */
export interface SharedAttributes {
  /** Time for one attempt. Default: the limits around it. */
  readonly timeoutMs: number | undefined;
  /** Further attempts after a failed one. Default 0. Only where trying again may help: http and bridge. */
  readonly retries: number;
  /** Wait before the first further attempt, doubled before each next one. Default 5000. */
  readonly minBackoffMs: number;
  /** Default 60 000. */
  readonly maxBackoffMs: number;
  /** Ends the whole run when this task fails. Default false. */
  readonly failEarly: boolean;
  /** Place among the inputs of the tasks that take it in. Default 0. */
  readonly index: number;
}

/** What a task does in every run. */
export interface TaskWork {
  /** May throw anything; what it throws becomes the task's error. */
  run(call: TaskCall): Value | Promise<Value>;
  /** What to go on with when `run` has failed, or is too slow. `undefined`: nothing. */
  fallback?(call: TaskCall): Value | undefined;
}

export interface TaskCall {
  readonly task: string;
  readonly inputs: readonly TaskResult[];
  readonly scope: Scope;
  /** Aborts when the task's time is over. */
  readonly signal: AbortSignal;
  readonly environment: Environment;
}

/** What `$(...)` refers to. */
export interface Scope {
  /** @returns undefined when there is nothing of that name */
  get(name: string): TaskResult | undefined;
}

/** What the node gives to all runs of a pipeline. */
export interface Environment {
  /** Adapter URLs by name. */
  readonly bridges: ReadonlyMap<string, string>;
  /** Whether http tasks may reach local addresses even if the task does not say so. */
  readonly allowLocalAddresses: boolean;
  /** Longest body of an answer, in bytes. */
  readonly maxBodyBytes: number;
  /** The last good answer of each bridge task, for those with a `cacheTTL`. */
  readonly bridgeCache: Map<string, { readonly body: string; readonly time: number }>;
}
