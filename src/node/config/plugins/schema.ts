/** The schema of a plugin's section, such as `[plugins.median]`. */
import { z } from "zod";
import { checksumPattern } from "../../../../transports/process/checksum.ts";
import { anyString, decimal, duration, nonEmptyString, oneOf, stringLike, whole } from "../../../settings/fields.ts";
import { listOf, orFalse, table, tableOf, type ValueOf } from "../../../settings/schema.ts";

const hourMs = 3_600_000;

const upToHour = duration(1, hourMs).optional();
const upToDay = duration(1, 24 * hourMs).optional();

const limitTimes = { startTimeout: upToHour, stopGrace: upToHour, callTimeout: upToHour };
const limits = table({ ...limitTimes, maxMessageBytes: whole(1024, 2 ** 31 - 1).optional() });

const restartTimes = { initialDelay: upToHour, maxDelay: upToDay, healthy: upToDay, window: upToDay };
const restart = table({
  ...restartTimes,
  factor: decimal(1, 100).optional(),
  jitter: decimal(0, 1).optional(),
  maxRestarts: whole(0, 1_000_000).optional(),
});

const healthTimes = { interval: upToHour, timeout: upToHour };
const health = table({ ...healthTimes, misses: whole(1, 1000).optional() });

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
    restart: orFalse(restart).optional(),
    health: orFalse(health).optional(),
    ...(Object.fromEntries(transports.map((kind) => [kind, unchecked.optional()])) as Record<never, never>),
  });
}

export type PluginSection = ValueOf<ReturnType<typeof createPluginSchema>>;
