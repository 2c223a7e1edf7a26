/** Work that is abandoned when its time is over, or when it is no longer wanted. */
import type { CallSignal } from "../connection.ts";
import { unlessAborted } from "./abort.ts";
import { type Clock, longestTimerMs, systemClock } from "./clock.ts";

/** Something took longer than it may. */
export class TimeoutError extends Error {
  override readonly name = "TimeoutError";
}

export interface Limit {
  /** 0 or less: the time is over already. No limit of its own where it is longer than a timer can wait. */
  readonly timeoutMs: number;
  /** Makes the error for when the time is over. */
  readonly late: () => Error;
  /** Ends the work before that, for its own reason. */
  readonly signal?: CallSignal | undefined;
  /** @default the machine's */
  readonly clock?: Clock;
}

/** A limit that has begun. Disposed of, it aborts no more, and neither a timer nor a listener is left. */
export interface Deadline extends Disposable {
  /** Aborts when the time is over, or when the signal around it does. */
  readonly signal: AbortSignal;
  /** Aborts it now. */
  end(reason: unknown): void;
}

/** @throws RangeError for a time that is not a number */
export function createDeadline({ timeoutMs, late, signal: outer, clock = systemClock }: Limit): Deadline {
  if (Number.isNaN(timeoutMs)) throw new RangeError("Cannot set a limit of a time that is not a number");
  const controller = new AbortController();
  const end = (reason: unknown) => controller.abort(reason);
  const onOuter = () => end(outer?.reason);
  let cancel = () => {};
  if (outer?.aborted) onOuter();
  else if (timeoutMs <= 0) end(late());
  else {
    outer?.addEventListener("abort", onOuter, { once: true });
    if (timeoutMs <= longestTimerMs) cancel = clock.after(timeoutMs, () => end(late()));
  }
  return {
    signal: controller.signal,
    end,
    [Symbol.dispose]() {
      cancel();
      outer?.removeEventListener("abort", onOuter);
    },
  };
}

/** Does work that heeds a signal, and waits for its end: it aborts when the time is over, or with the limit's own signal. */
export async function withDeadline<T>(limit: Limit, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  using deadline = createDeadline(limit);
  return await work(deadline.signal);
}

/**
 * Does work and waits for it no longer than its time. It is told to end, but its end is not waited for,
 * and what becomes of it later is ignored. It is not begun when the time is over already.
 * @throws what `late` makes, the limit's signal's reason, and whatever the work throws
 */
export function inTime<T>(limit: Limit, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  return withDeadline(limit, async (signal) => {
    signal.throwIfAborted();
    return unlessAborted(work(signal), signal);
  });
}

/** When a call that begins now is over; never where its time is longer than a timer can wait, or no number. */
export function deadlineAfter(timeoutMs: number | undefined): number | undefined {
  return timeoutMs !== undefined && timeoutMs < longestTimerMs ? performance.now() + timeoutMs : undefined;
}

/** What a call has left of its time, 0 or more; no limit where that is longer than a timer can wait. */
export function timeLeft(deadline: number | undefined): number | undefined {
  if (deadline === undefined) return undefined;
  const left = deadline - performance.now();
  return left < longestTimerMs ? Math.max(0, left) : undefined;
}
