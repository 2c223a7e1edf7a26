/** Calls with a time limit: an answer in time, or an error. A late answer is ignored. */
import type { Clock } from "../../../transports/time/clock.ts";
import { inTime, TimeoutError } from "../../../transports/time/deadline.ts";
import type { CallOptions } from "../../loop/types.ts";

export interface CallLimit {
  /** The call and what limits it, for the error, such as `Observation (maxDurationObservation)`. */
  readonly what: string;
  readonly limitMs: number;
}

/**
 * Makes a call and waits for it no longer than its limit. The call's signal aborts when the time is up; a call that goes on all the
 * same is not waited for.
 * @param limit.signal ends the call before its limit
 * @throws TimeoutError when the time is up
 * @throws the signal's reason when it aborts first, and whatever the call throws
 */
export function callWithin<T>(
  { what, limitMs, clock, signal }: CallLimit & { readonly clock: Clock; readonly signal?: AbortSignal },
  call: (options: CallOptions) => Promise<T>,
): Promise<T> {
  const late = () => new TimeoutError(`${what} took longer than its ${limitMs}ms`);
  return inTime({ timeoutMs: limitMs, late, clock, signal }, (both) =>
    call({ signal: both, timeoutMs: Math.ceil(limitMs) }),
  );
}
