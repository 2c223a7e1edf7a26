/** A pipeline as the data source of a number that the median product observes. */
import type { Logger } from "../../transports/plugin.ts";
import type { DataSource } from "../loop/data-source/types.ts";
import { toDecimal, toInteger } from "./decimal.ts";
import { type PipelineRun, runPipeline } from "./run.ts";
import { createRunSettings, type RunSettingsOptions } from "./run-settings.ts";
import type { Pipeline, Value } from "./types.ts";

export interface PipelineDataSourceOptions {
  readonly pipeline: Pipeline;
  /** The values of `$(jb.name)` and `$(jb.externalJobID)`. */
  readonly job: { readonly name: string; readonly externalJobId: string };
  readonly environment: RunSettingsOptions;
  /** The job's limit for each attempt at a task. Default: none. */
  readonly maxTaskDurationMs?: number | undefined;
  /** Gets a line for every failed task, at level debug. */
  readonly log?: Logger | undefined;
  /** Called after every run, whatever its result. */
  readonly onRun?: ((run: PipelineRun) => void) | undefined;
}

/**
 * Makes a data source of a pipeline. It remembers its last answer for adapters that use it, and the last good answer of bridges
 * with a `cacheTTL`.
 *
 * `observe` runs the pipeline within the caller's `timeoutMs` and rejects with the TaskError of the failed task, or with the
 * signal's reason. Pass `timeoutMs` when there is a deadline: a signal alone does not say how much time is left.
 */
export function createPipelineDataSource(options: PipelineDataSourceOptions): DataSource {
  const { pipeline, job, log } = options;
  const environment = createRunSettings(options.environment);
  let last: { answer: bigint; time: number } | undefined;

  return {
    async observe(_timestamp, call = {}) {
      const run = await runPipeline(pipeline, {
        environment,
        variables: {
          jb: { name: job.name, externalJobID: job.externalJobId },
          jobRun: { meta: meta(last) },
        },
        timeoutMs: call.timeoutMs,
        signal: call.signal,
        maxTaskDurationMs: options.maxTaskDurationMs,
        requestTimeoutMs: options.environment.requestTimeoutMs,
        maxRunDurationMs: options.environment.maxRunDurationMs,
      });
      for (const [task, { result, attempts, durationMs }] of run.tasks) {
        if (result.error !== undefined && result.error.task === task) {
          log?.debug("A pipeline task failed", { task, attempts, durationMs, error: result.error.message });
        }
      }
      options.onRun?.(run);
      if (run.result.error !== undefined) throw run.result.error;
      const answer = toInteger(toDecimal(run.result.value));
      last = { answer, time: Date.now() };
      return answer;
    },
  };
}

/** What Chainlink passes to adapters: the answer as a number, the time in seconds, both null before the first answer. */
function meta(last: { answer: bigint; time: number } | undefined): Value {
  return {
    latestAnswer: last === undefined ? null : toDecimal(last.answer),
    updatedAt: last === undefined ? null : toDecimal(Math.floor(last.time / 1000)),
  };
}
