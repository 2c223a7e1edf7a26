/** The options that an embedder gives for a plugin. */
import { pathToFileURL } from "node:url";
import { isPluginModule } from "../../transports/guest.ts";
import type { InProcessOptions } from "../../transports/in-process/index.ts";
import { validate } from "../../transports/options/check.ts";
import {
  andThen,
  anything,
  listOf,
  numberFrom,
  object,
  oneOf,
  recordOf,
  refusal,
  type Schema,
  schema,
  text,
  wholeFrom,
} from "../../transports/options/schema.ts";
import type { Handshake, PluginModule } from "../../transports/plugin.ts";
import type { ProcessOptions } from "../../transports/process/index.ts";
import type { WorkerOptions } from "../../transports/worker/index.ts";
import { isRecord } from "../values/record.ts";
import { describe } from "../values/text.ts";
import { healthBounds, limitBounds, restartBounds } from "./bounds.ts";
import { type FaultRule, faultRules } from "./faults.ts";
import type { RestartPolicy } from "./restart-policy.ts";

export interface PluginOptions {
  /** The plugin's code: a URL or a file's path, or (in-process only) the plugin itself. */
  readonly module?: URL | string | PluginModule;
  /** @default "in-process"; "process" where a command is given and no module */
  readonly transport?: string;
  /** Options for each transport that the plugin may run on, by the transport's kind. */
  readonly options?: {
    readonly "in-process"?: InProcessOptions;
    readonly worker?: WorkerOptions;
    readonly process?: ProcessOptions;
    readonly [kind: string]: unknown;
  };
  /** Handed to the plugin. */
  readonly config?: unknown;
  /** Must equal the plugin's. @default the module's own where it was given as an object, else loopp's */
  readonly handshake?: Handshake;
  /**
   * What follows when the plugin does not start that was told to: "fail", `createRuntime` and `runtime.start` reject, and the plugin is
   * failed; "continue", they go on with the others, and it is started again as one that has ended unexpectedly.
   * `handle.start` rejects either way. @default "fail"
   */
  readonly onBootFailure?: OnBootFailure;
  /** When to restart the plugin after it ended unexpectedly; `false` for never. */
  readonly restart?: Partial<RestartPolicy> | false;
  /** How to check that the plugin still answers; `false` for no checks. There are none in-process, where nothing could be done about a failed one. */
  readonly health?: Partial<HealthOptions> | false;
  /** @default 60000 */
  readonly startTimeoutMs?: number;
  /** How long a plugin may take to shut down gracefully. @default 2000 */
  readonly stopGraceMs?: number;
  /** Deadline of unary calls that name none, or one of 0 or less. @default 30000 */
  readonly callTimeoutMs?: number;
  /** @default 64 MiB */
  readonly maxMessageBytes?: number;
  /** Faults on purpose, for tests; see also the plugin's `faults`. @default none */
  readonly faults?: readonly FaultRule[];
}

export const onBootFailures = ["continue", "fail"] as const;

export type OnBootFailure = (typeof onBootFailures)[number];

export interface HealthOptions {
  /** Time from one answer to the next check. @default 5000 */
  readonly intervalMs: number;
  /** How long an answer may take. @default 2000 */
  readonly timeoutMs: number;
  /** Checks in a row without an answer after which the plugin is killed as "unresponsive". @default 3 */
  readonly misses: number;
}

const pluginModule: Schema<URL | PluginModule> = schema((value) => {
  if (value instanceof URL || isPluginModule(value)) return { value };
  if (typeof value === "string" && value !== "") return { value: URL.parse(value) ?? pathToFileURL(value) };
  return refusal(`expected a URL, a path or a plugin, got ${describe(value)}`);
});

const handshake: Schema<Handshake> = andThen(
  object({ cookieKey: text, cookieValue: text, protocolVersions: listOf(wholeFrom(0)) }),
  ({ cookieKey, cookieValue, protocolVersions = [] }) =>
    cookieKey === undefined || cookieValue === undefined || protocolVersions.length === 0
      ? refusal("expected cookieKey, cookieValue and at least one of protocolVersions")
      : { value: { cookieKey, cookieValue, protocolVersions } },
);

const restart = object({
  initialDelayMs: numberFrom(restartBounds.initialDelayMs[0]),
  maxDelayMs: numberFrom(restartBounds.maxDelayMs[0]),
  factor: numberFrom(restartBounds.factor[0]),
  jitter: numberFrom(...restartBounds.jitter),
  healthyMs: numberFrom(restartBounds.healthyMs[0]),
  maxRestarts: orUnlimited(wholeFrom(restartBounds.maxRestarts[0])),
  windowMs: numberFrom(restartBounds.windowMs[0]),
});

const health = object({
  intervalMs: numberFrom(healthBounds.intervalMs[0]),
  timeoutMs: numberFrom(healthBounds.timeoutMs[0]),
  misses: wholeFrom(healthBounds.misses[0]),
});

/** All but the options of transports, which the transports check. */
export const pluginOptions = object({
  module: pluginModule,
  transport: text,
  options: recordOf(anything),
  config: anything,
  handshake,
  onBootFailure: oneOf(...onBootFailures),
  restart: orFalse(restart),
  health: orFalse(health),
  startTimeoutMs: numberFrom(limitBounds.startTimeoutMs[0]),
  stopGraceMs: numberFrom(limitBounds.stopGraceMs[0]),
  callTimeoutMs: numberFrom(limitBounds.callTimeoutMs[0]),
  maxMessageBytes: wholeFrom(limitBounds.maxMessageBytes[0]),
  faults: faultRules,
});

function orFalse<T>(options: Schema<T>): Schema<T | false> {
  return schema<T | false>((value) => {
    if (value === false) return { value };
    return isRecord(value) ? validate(options, value) : refusal(`expected an object or false, got ${describe(value)}`);
  });
}

function orUnlimited(count: Schema<number>): Schema<number | "unlimited"> {
  return schema<number | "unlimited">((value) => {
    if (value === "unlimited") return { value };
    return typeof value === "number"
      ? validate(count, value)
      : refusal(`expected a whole number or "unlimited", got ${describe(value)}`);
  });
}
