/**
 * Runs a pipeline. A task that fails, or is too slow, does not stop the others: its error becomes the input of the tasks after
 * it. A little before the deadline all waiting ends, and the remaining tasks compute with the values that have arrived.
 */

import { unlessAborted } from "../../transports/time/abort.ts";
import { backoffMs } from "../../transports/time/backoff.ts";
import { createDeadline, type Deadline, TimeoutError } from "../../transports/time/deadline.ts";
import { sleep } from "../../transports/time/sleep.ts";
import { errorText } from "../values/error-text.ts";
import { TaskError } from "./errors.ts";
import { RequestError } from "./http-errors.ts";
import { defaultRunSettings } from "./run-settings.ts";
import type { Pipeline, RunSettings, Scope, Task, TaskCall, TaskResult, Value } from "./types.ts";

export interface RunOptions {
  readonly environment: RunSettings;
  /** The values of `$(jb...)` and `$(jobRun...)`. */
  readonly variables: Readonly<Record<string, Value>>;
  /** The caller's deadline, in milliseconds from now. */
  readonly timeoutMs?: number | undefined;
  /** Ends the run at once, without a result. */
  readonly signal?: AbortSignal | undefined;
  /** Longest run. Default 10 minutes. */
  readonly maxRunDurationMs?: number | undefined;
  /** The job's limit for each attempt at a task. Default: none. */
  readonly maxTaskDurationMs?: number | undefined;
  /** Limit for each attempt at an http or bridge task without a `timeout`. Default 15 s. */
  readonly requestTimeoutMs?: number | undefined;
}

export interface PipelineRun {
  /** The result of the last task, or of the task with `failEarly` that ended the run. */
  readonly result: TaskResult;
  readonly tasks: ReadonlyMap<string, TaskRun>;
}

export interface TaskRun {
  /** The task's type. */
  readonly type: string;
  readonly result: TaskResult;
  /** From 1. */
  readonly attempts: number;
  readonly durationMs: number;
  /** Whether the value is an earlier one, because the task failed. */
  readonly isFallback: boolean;
}

/** With a value of now; with an earlier one; too late; with an error of its own; or with the error of a task before it. */
export type TaskOutcome = "ok" | "from-cache" | "too-slow" | "failed" | "input-failed";

/** How a task of a run ended. */
export function outcomeOf(task: string, { result, isFallback }: TaskRun): TaskOutcome {
  if (result.error === undefined) return isFallback ? "from-cache" : "ok";
  if (result.error.task !== task) return "input-failed";
  return isTimeout(result.error.cause) ? "too-slow" : "failed";
}

/**
 * Runs a pipeline once. The smallest of all limits counts; waiting for slow tasks ends before it, by a tenth of the time but at
 * most 100 ms.
 * @throws the reason of `options.signal` when it aborts; every other failure is in the result
 */
export async function runPipeline(pipeline: Pipeline, options: RunOptions): Promise<PipelineRun> {
  options.signal?.throwIfAborted();
  const limitMs = Math.min(
    options.maxRunDurationMs ?? defaultRunSettings.maxRunDurationMs,
    options.timeoutMs ?? Infinity,
  );
  const waitMs = Math.max(0, limitMs - Math.min(100, limitMs / 10));
  const late = () => new TimeoutError(`the run's time of ${Math.round(waitMs)} ms has passed`);
  using limit = createDeadline({ timeoutMs: waitMs, late, signal: options.signal });

  const runs = new Map<string, TaskRun>();
  const running = new Map<string, Promise<void>>();
  const scope: Scope = {
    get(name) {
      const value = Object.hasOwn(options.variables, name) ? options.variables[name] : undefined;
      return value === undefined ? runs.get(name)?.result : { value };
    },
  };
  let endedBy: TaskRun | undefined;
  for (const task of pipeline.tasks) {
    // Tasks are after the tasks that they wait for, so all these promises exist. None of them rejects.
    const dependencies = task.dependencies.map((name) => running.get(name));
    running.set(
      task.name,
      Promise.all(dependencies).then(async () => {
        const inputs = task.inputs.map((name) => runs.get(name)!.result);
        const run = await runTask(task, inputs, scope, options, limit);
        runs.set(task.name, run);
        if (run.result.error === undefined || !task.shared.failEarly || endedBy !== undefined) return;
        endedBy = run;
        limit.end(new Error(`task "${task.name}" has ended the run`));
      }),
    );
  }
  await Promise.all(running.values());
  options.signal?.throwIfAborted();
  return { result: (endedBy ?? runs.get(pipeline.last.name)!).result, tasks: runs };
}

async function runTask(
  task: Task,
  inputs: readonly TaskResult[],
  scope: Scope,
  options: RunOptions,
  limit: Deadline,
): Promise<TaskRun> {
  const start = performance.now();
  for (let attempts = 1; ; attempts += 1) {
    const made = await attempt(task, inputs, scope, options, limit);
    const { result } = made;
    const done = { type: task.type, ...made, attempts, durationMs: performance.now() - start };
    const worthwhile = result.error?.retryable === true && result.error.task === task.name;
    if (!worthwhile || attempts > task.shared.retries) return done;
    const { minBackoffMs: firstMs, maxBackoffMs: maxMs } = task.shared;
    await sleep(backoffMs({ firstMs, maxMs }, attempts), { signal: limit.signal });
    if (limit.signal.aborted) return done;
  }
}

async function attempt(
  task: Task,
  inputs: readonly TaskResult[],
  scope: Scope,
  options: RunOptions,
  limit: Deadline,
): Promise<Pick<TaskRun, "result" | "isFallback">> {
  const requestTimeoutMs = task.requests ? (options.requestTimeoutMs ?? defaultRunSettings.requestTimeoutMs) : Infinity;
  const timeoutMs = Math.min(task.shared.timeoutMs ?? requestTimeoutMs, options.maxTaskDurationMs ?? Infinity);
  const late = () => new TimeoutError(`no result within ${timeoutMs} ms`);
  using deadline = createDeadline({ timeoutMs, late, signal: limit.signal });
  const call: TaskCall = { task: task.name, inputs, scope, signal: deadline.signal, environment: options.environment };
  try {
    // A task that only computes may still run when the time for waiting has passed.
    if (!task.requests) return { result: { value: await task.work.run(call) }, isFallback: false };
    deadline.signal.throwIfAborted();
    const value = await unlessAborted(Promise.resolve(task.work.run(call)), deadline.signal);
    return { result: { value }, isFallback: false };
  } catch (cause) {
    // A fallback does not replace the error of a failed input.
    const inherited = cause instanceof TaskError && cause.task !== task.name;
    const fallback = inherited ? undefined : task.work.fallback?.(call);
    if (fallback !== undefined) return { result: { value: fallback }, isFallback: true };
    return { result: { error: toTaskError(task.name, cause) }, isFallback: false };
  }
}

function toTaskError(task: string, cause: unknown): TaskError {
  // The error of an input is passed on unchanged, because it names the task that failed.
  if (cause instanceof TaskError) return cause;
  const retryable = (cause instanceof RequestError && cause.retryable) || isTimeout(cause);
  return new TaskError(task, errorText(cause), { retryable, cause });
}

function isTimeout(cause: unknown): boolean {
  return cause instanceof Error && cause.name === "TimeoutError";
}
