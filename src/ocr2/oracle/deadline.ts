/** Calls under a time limit: an answer in time, or an error. What comes later is nobody's. */

import type { Clock } from "../../../transports/time/clock.ts";
import type { CallOptions } from "../../loop/types.ts";

export interface Limit {
  /** The call and what limits it, for the error, such as `Observation (maxDurationObservation)`. */
  readonly what: string;
  readonly limitMs: number;
  readonly clock: Clock;
  /** Ends the call before its limit. */
  readonly signal: AbortSignal;
}

/** A call that took longer than it may. */
export class DeadlineError extends Error {
  override readonly name = "TimeoutError";
}

/**
 * Makes a call and waits for it no longer than its limit. The call is told to end when the time is up, but whether it does
 * is its own affair: its late result is ignored.
 * @throws DeadlineError when the time is up
 * @throws the signal's reason when it aborts first, and whatever the call throws
 */
export function callWithin<T>(limit: Limit, call: (options: CallOptions) => Promise<T>): Promise<T> {
  const { what, limitMs, clock, signal } = limit;
  const controller = new AbortController();
  const outcome = Promise.withResolvers<T>();
  const giveUp = (reason: unknown) => {
    outcome.reject(reason);
    controller.abort(reason);
  };
  const onAbort = () => giveUp(signal.reason);
  if (signal.aborted) {
    onAbort();
    return outcome.promise;
  }
  signal.addEventListener("abort", onAbort, { once: true });
  const cancelTimer = clock.after(limitMs, () =>
    giveUp(new DeadlineError(`${what} took longer than its ${limitMs}ms`)),
  );
  outcome.promise
    .catch(() => {})
    .finally(() => {
      cancelTimer();
      signal.removeEventListener("abort", onAbort);
    });
  // In a function of its own, so that a call that throws instead of rejecting is no different.
  const started = (async () => call({ signal: controller.signal, timeoutMs: Math.ceil(limitMs) }))();
  started.then(outcome.resolve, outcome.reject);
  return outcome.promise;
}
