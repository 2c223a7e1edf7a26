/** Work that is given up when its time is over, or somebody does not want it any more. */
import { Code, ConnectError } from "@connectrpc/connect";
import { type Clock, longestTimerMs, systemClock } from "./clock.ts";

export interface Limit {
  readonly timeoutMs: number;
  /** What the error says when the time is over. */
  readonly message: string;
  readonly signal?: AbortSignal | undefined;
  /** @default the machine's */
  readonly clock?: Clock;
}

/**
 * Does work that heeds a signal: it aborts with the reason of the limit's own, or as DeadlineExceeded when the time is over. When the
 * work is done it aborts no more, and neither a timer nor a listener is left.
 */
export async function withDeadline<T>(
  { timeoutMs, message, signal: given, clock = systemClock }: Limit,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const follow = () => controller.abort(given?.reason);
  const cancel = clock.after(timeoutMs, () => controller.abort(new ConnectError(message, Code.DeadlineExceeded)));
  if (given?.aborted) follow();
  else given?.addEventListener("abort", follow);
  try {
    return await work(controller.signal);
  } finally {
    cancel();
    given?.removeEventListener("abort", follow);
  }
}

/** What a call has left of its time, 0 or more; no deadline where that is longer than a timer can wait, or no number. */
export function deadlineOf(timeoutMs: number | undefined): number | undefined {
  return timeoutMs !== undefined && timeoutMs < longestTimerMs ? Math.max(0, timeoutMs) : undefined;
}
