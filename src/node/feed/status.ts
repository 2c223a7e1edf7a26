/**
 * How a feed is: what machines ask about it. Its health fails when the contract's config cannot be run, when several attempts in a row
 * failed, or when its last transmission is older than its freshness limit. Of the failures only their number and phase are told: the rest
 * comes from outside, and is in the log.
 */

import type { FeedStatus } from "../../observability/feed-metrics.ts";
import type { OracleEngine, OracleEvent } from "../../ocr2/oracle/engine.ts";
import type { HealthCheck } from "../../server/health.ts";
import { formatDuration } from "../../values/duration.ts";
import type { Product } from "../products/product.ts";

export interface FeedWatch extends Disposable {
  readonly status: FeedStatus;
  /** For `/health`. */
  readonly health: HealthCheck;
  /** For `/readyz`: attempts that fail are no reason to be taken out of service until the feed is stalled. */
  readonly readiness: HealthCheck;
}

export interface FeedWatchOptions {
  /** The name of the feed's plugin. */
  readonly name: string;
  /** Not started yet. */
  readonly engine: Pick<OracleEngine, "subscribe">;
  readonly product: Pick<Product, "heartbeatMs">;
  /** `false`: none. @default {@link freshnessLimitOf} the contract's config; none where the product has no heartbeat */
  readonly freshnessLimitMs?: number | false | undefined;
  /** @default `performance.now` */
  readonly now?: () => number;
}

/** A single failure is nothing unusual: a price source was too slow, a plugin was restarted. */
const failuresInARow = 3;

/**
 * One and a half heartbeats, so that a transmission may take its time; but ten rounds and a minute at least, for contracts that report more
 * often than their heartbeat says.
 */
export function freshnessLimitOf(heartbeatMs: number, deltaRoundMs: number): number {
  return Math.max(1.5 * heartbeatMs, 10 * deltaRoundMs, 60_000);
}

/** Follows a feed's engine. */
export function watchFeed(options: FeedWatchOptions): FeedWatch {
  const { engine, product, freshnessLimitMs: wanted, now = () => performance.now() } = options;
  const name = `feeds.${options.name}`;
  const begun = now();
  let config: "none" | "in force" | "refused" = "none";
  let failures = 0;
  let failedPhase = "";
  let limitMs = wanted === false ? undefined : wanted;
  let transmitted: { readonly at: number; readonly time: number } | undefined;
  /** From when on the feed could transmit. */
  let since = begun;

  function onEvent(event: OracleEvent): void {
    switch (event.type) {
      case "config-switched": {
        if (config !== "in force") since = now();
        config = "in force";
        failures = 0;
        if (wanted !== undefined) return;
        const heartbeatMs = product.heartbeatMs?.(event.reportingPluginConfig);
        limitMs = heartbeatMs === undefined ? undefined : freshnessLimitOf(heartbeatMs, event.deltaRoundMs);
        return;
      }
      case "config-refused":
        config = "refused";
        return;
      case "failed":
        failures++;
        failedPhase = event.phase;
        return;
      case "transmitted":
        transmitted = { at: now(), time: Date.now() };
        failures = 0;
        return;
      case "declined":
        failures = 0;
    }
  }

  function stateAt(time: number): FeedStatus["state"] {
    if (config === "refused") return "refused";
    if (limitMs !== undefined && time - Math.max(since, transmitted?.at ?? since) > limitMs) return "stalled";
    if (failures >= failuresInARow) return "failing";
    return config === "none" ? "waiting" : "running";
  }

  /** What is wrong; empty where nothing is. */
  function outputOf(state: FeedStatus["state"]): string {
    const failing =
      failures === 1
        ? `the last attempt failed in the phase "${failedPhase}": see the log`
        : `the last ${failures} attempts failed, the latest in the phase "${failedPhase}": see the log`;
    switch (state) {
      case "refused":
        return "the contract's config cannot be run: see the log";
      case "failing":
        return failing;
      case "stalled": {
        const stalled = `nothing was transmitted for more than ${formatDuration(limitMs ?? 0)}`;
        return failures === 0 ? stalled : `${stalled}; ${failing}`;
      }
      default:
        return "";
    }
  }

  function check(...failing: readonly FeedStatus["state"][]): HealthCheck {
    const state = stateAt(now());
    if (!failing.includes(state)) return { name, status: "passing", output: "" };
    return { name, status: "failing", output: outputOf(state) };
  }

  const unsubscribe = engine.subscribe(onEvent);
  return {
    get status() {
      const time = now();
      return {
        state: stateAt(time),
        ...(transmitted === undefined
          ? {}
          : { lastTransmission: transmitted.time, transmissionAgeMs: time - transmitted.at }),
        ...(limitMs === undefined ? {} : { freshnessLimitMs: limitMs }),
      };
    },
    get health() {
      return check("refused", "failing", "stalled");
    },
    get readiness() {
      return check("refused", "stalled");
    },
    [Symbol.dispose]: unsubscribe,
  };
}
