/** The schema of a plugin's section, such as `[plugins.median]`. */
import { z } from "zod";
import { checksumPattern } from "../../../../transports/process/checksum.ts";
import { type Bounds, healthBounds, limitBounds, restartBounds } from "../../../runtime/bounds.ts";
import { onBootFailures } from "../../../runtime/options.ts";
import {
  anyString,
  decimal,
  duration,
  nonEmptyString,
  oneOf,
  stringLike,
  whole,
  wholeOr,
} from "../../../settings/fields.ts";
import { listOf, orFalse, table, tableOf, type ValueOf } from "../../../settings/schema.ts";

const limitTimes = {
  startTimeout: durationWithin(limitBounds.startTimeoutMs),
  stopGrace: durationWithin(limitBounds.stopGraceMs),
  callTimeout: durationWithin(limitBounds.callTimeoutMs),
};
const limits = table({ ...limitTimes, maxMessageBytes: whole(...limitBounds.maxMessageBytes).optional() });

const restartTimes = {
  initialDelay: durationWithin(restartBounds.initialDelayMs),
  maxDelay: durationWithin(restartBounds.maxDelayMs),
  healthy: durationWithin(restartBounds.healthyMs),
  window: durationWithin(restartBounds.windowMs),
};
const restart = table({
  ...restartTimes,
  factor: decimal(...restartBounds.factor).optional(),
  jitter: decimal(...restartBounds.jitter).optional(),
  maxRestarts: wholeOr("unlimited", ...restartBounds.maxRestarts).optional(),
});

const healthTimes = {
  interval: durationWithin(healthBounds.intervalMs),
  timeout: durationWithin(healthBounds.timeoutMs),
};
const health = table({ ...healthTimes, misses: whole(...healthBounds.misses).optional() });

/** The keys of these tables that are durations, whose names end in `Ms` in the runtime. */
export const timeKeys: ReadonlySet<string> = new Set(Object.keys({ ...limitTimes, ...restartTimes, ...healthTimes }));

/** A transport's table: the transport checks it. */
const unchecked = tableOf(z.unknown());

/** @param transports the kinds of all transports */
export function createPluginSchema(transports: readonly string[]) {
  return table({
    transport: oneOf(transports).optional(),
    command: anyString().optional(),
    args: listOf(anyString()).optional(),
    module: nonEmptyString("the path of a module").optional(),
    env: tableOf(anyString()).optional(),
    checksum: stringLike(checksumPattern, '"sha256:" and 64 hexadecimal digits').optional(),
    scrape: oneOf(["rpc", "http"]).optional(),
    configShape: oneOf(["bare", "wrapped"]).optional(),
    limits: limits.optional(),
    onBootFailure: oneOf(onBootFailures).optional(),
    restart: orFalse(restart).optional(),
    health: orFalse(health).optional(),
    ...(Object.fromEntries(transports.map((kind) => [kind, unchecked.optional()])) as Record<never, never>),
  });
}

function durationWithin(bounds: Bounds) {
  return duration(...bounds).optional();
}

export type PluginSection = ValueOf<ReturnType<typeof createPluginSchema>>;
