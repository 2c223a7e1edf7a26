/**
 * When to restart a plugin after it ended unexpectedly: a pure function of what happened, so that it can be tested without
 * waiting. Delays grow while instances end early; an instance that ran for long enough clears the record; after too many restarts
 * in too short a time the plugin is given up.
 */
import { backoffMs } from "../../transports/time/backoff.ts";

export interface RestartPolicy {
  /** Delay before the first restart. @default 100 */
  readonly initialDelayMs: number;
  /** No delay is longer, jitter included. @default 10000 */
  readonly maxDelayMs: number;
  /** By how much each further delay is longer. @default 2 */
  readonly factor: number;
  /** Random share by which a delay may be shorter or longer, 0 to 1. @default 0.2 */
  readonly jitter: number;
  /** An instance that was ready for at least this long counts as healthy and clears the record. @default 30000 */
  readonly healthyMs: number;
  /** Restarts within `windowMs` before the plugin is given up; "unlimited": it never is. @default 5 */
  readonly maxRestarts: number | "unlimited";
  /** @default 60000 */
  readonly windowMs: number;
}

export const defaultRestartPolicy: RestartPolicy = {
  initialDelayMs: 100,
  maxDelayMs: 10_000,
  factor: 2,
  jitter: 0.2,
  healthyMs: 30_000,
  maxRestarts: 5,
  windowMs: 60_000,
};

/** What the policy remembers of a plugin. */
export interface RestartRecord {
  /** Instances in a row that ended before they counted as healthy. */
  readonly failures: number;
  /** When restarts that count were granted, in milliseconds of some clock, oldest first. None where their number has no limit. */
  readonly restarts: readonly number[];
}

export const noRestarts: RestartRecord = { failures: 0, restarts: [] };

export interface EndedInstance {
  readonly now: number;
  /** How long the instance was ready; 0 for one that never was. */
  readonly readyMs: number;
  /** Whether it may give the plugin up; `false` where the machine is at fault, and not the plugin. The delays grow all the same. */
  readonly isCounted: boolean;
  /** From 0 up to, not including, 1. */
  readonly random: number;
}

export type RestartDecision =
  | { readonly restart: true; readonly delayMs: number; readonly record: RestartRecord }
  | { readonly restart: false; readonly restarts: number; readonly record: RestartRecord };

export function decideRestart(policy: RestartPolicy, record: RestartRecord, ended: EndedInstance): RestartDecision {
  const { failures, restarts } = ended.readyMs >= policy.healthyMs ? noRestarts : record;
  const recent = restarts.filter((time) => time > ended.now - policy.windowMs);
  const isCounted = ended.isCounted && policy.maxRestarts !== "unlimited";
  if (isCounted && recent.length >= Number(policy.maxRestarts)) {
    return { restart: false, restarts: recent.length, record: { failures, restarts: recent } };
  }
  const { initialDelayMs: firstMs, maxDelayMs: maxMs, factor } = policy;
  const base = backoffMs({ firstMs, maxMs, factor }, failures + 1);
  const spread = 1 + policy.jitter * (2 * ended.random - 1);
  return {
    restart: true,
    delayMs: Math.min(maxMs, base * spread),
    record: { failures: failures + 1, restarts: isCounted ? [...recent, ended.now] : recent },
  };
}
