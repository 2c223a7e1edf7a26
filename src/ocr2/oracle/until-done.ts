/** Calls that have to succeed before the oracle can go on. */
import { type Backoff, backoffMs } from "../../../transports/time/backoff.ts";
import type { Clock } from "../../../transports/time/clock.ts";
import { sleep } from "../../../transports/time/sleep.ts";
import type { CallOptions } from "../../loop/types.ts";
import { asError } from "../../values/error-text.ts";
import { type CallLimit, callWithin } from "./deadline.ts";

const backoff: Backoff = { firstMs: 100, maxMs: 15_000 };

/**
 * Makes a call, again and again until it succeeds, each time within its limit.
 * @param onFailure called after each attempt that fails
 * @throws the signal's reason when it aborts
 */
export async function untilDone<T>(
  limit: CallLimit & { readonly clock: Clock; readonly signal: AbortSignal },
  call: (options: CallOptions) => Promise<T>,
  onFailure: (error: Error) => void,
): Promise<T> {
  const { clock, signal } = limit;
  for (let failures = 1; ; failures++) {
    try {
      return await callWithin(limit, call);
    } catch (thrown) {
      signal.throwIfAborted();
      onFailure(asError(thrown));
      await sleep(backoffMs(backoff, failures), { clock, signal });
    }
  }
}
