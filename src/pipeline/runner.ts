/** Runs pipelines for the plugins of products, with the node's bridges and limits, and the job's limits. */
import { isLosslessNumber, LosslessNumber } from "lossless-json";
import type { PipelineRunner, PipelineValue, TaskResult } from "../loop/pipeline-runner/types.ts";
import { toHex } from "../values/bytes.ts";
import { isBytes } from "./bytes.ts";
import { isDecimal } from "./decimal.ts";
import { parsePipeline } from "./parse.ts";
import { type PipelineRun, runPipeline } from "./run.ts";
import { createRunSettings, type RunSettingsOptions } from "./run-settings.ts";
import type { Pipeline, Value } from "./types.ts";

export interface PipelineRunnerOptions {
  /** The values of `$(jb.name)` and `$(jb.externalJobID)`. */
  readonly job: { readonly name: string; readonly externalJobId: string };
  readonly environment: RunSettingsOptions;
  /** The job's limit for each attempt at a task; a run may ask for a shorter one. Default: none. */
  readonly maxTaskDurationMs?: number | undefined;
  /** Called after every run, whatever its result. */
  readonly onRun?: ((run: PipelineRun) => void) | undefined;
}

/** How many parsed pipelines are kept: a plugin runs the same few again and again. */
const maxParsed = 64;

/** The form of a product's pipelines. The values of `$(name)` are known only when they run. */
export const productPipelineForm = { variables: "any", severalLast: true } as const;

export function createPipelineRunner(options: PipelineRunnerOptions): PipelineRunner {
  const { name, externalJobId } = options.job;
  const environment = createRunSettings(options.environment);
  const parsed = new Map<string, Pipeline>();

  function parse(spec: string): Pipeline {
    const pipeline = parsed.get(spec) ?? parsePipeline(spec, productPipelineForm);
    if (parsed.size >= maxParsed) parsed.clear();
    parsed.set(spec, pipeline);
    return pipeline;
  }

  return {
    async executeRun(spec, vars, { maxTaskDurationMs = 0, timeoutMs, signal } = {}) {
      const pipeline = parse(spec);
      const limits = [options.maxTaskDurationMs ?? Infinity, maxTaskDurationMs || Infinity];
      const run = await runPipeline(pipeline, {
        environment,
        variables: {
          jb: { name, externalJobID: externalJobId },
          jobRun: {},
          ...(toValue(vars) as Record<string, Value>),
        },
        timeoutMs,
        signal,
        maxTaskDurationMs: Math.min(...limits),
        requestTimeoutMs: options.environment.requestTimeoutMs,
        maxRunDurationMs: options.environment.maxRunDurationMs,
      });
      options.onRun?.(run);
      const inputNames = new Set(pipeline.tasks.flatMap(({ inputs }) => inputs));
      return pipeline.tasks.map((task): TaskResult => {
        const result = run.tasks.get(task.name)?.result;
        const value = result === undefined || result.error !== undefined ? null : fromValue(result.value);
        return {
          id: task.name,
          type: task.type,
          value,
          isTerminal: !inputNames.has(task.name),
          index: task.shared.index,
          ...(result?.error === undefined ? {} : { error: result.error.message }),
        };
      });
    },
  };
}

/** JSON as a pipeline uses it: numbers keep their digits. */
function toValue(json: unknown): Value {
  if (typeof json === "number") return new LosslessNumber(String(json));
  if (Array.isArray(json)) return json.map(toValue);
  if (typeof json !== "object" || json === null) return (json ?? null) as Value;
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, toValue(value)]));
}

/** Decimals become strings and bytes hex digits, as in a Chainlink node; numbers of JSON stay numbers, integers with all their digits. */
function fromValue(value: Value): PipelineValue {
  if (isDecimal(value)) return value.toFixed();
  if (isBytes(value)) return `0x${toHex(value)}`;
  if (isLosslessNumber(value)) return fromNumber(value.value);
  if (Array.isArray(value)) return value.map(fromValue);
  if (typeof value !== "object" || value === null) return value as PipelineValue;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fromValue(item)]));
}

function fromNumber(digits: string): number | bigint {
  const number = Number(digits);
  return /^-?\d+$/.test(digits) && !Number.isSafeInteger(number) ? BigInt(digits) : number;
}
