/** Waiting, but not for ever. */

/** The longest that a timer can wait, almost 25 days. One that should wait longer fires at once. */
export const longestTimerMs = 2 ** 31 - 1;

/** What a call has left of its time, 0 or more; no deadline where that is longer than a timer can wait, or no number. */
export function deadlineOf(timeoutMs: number | undefined): number | undefined {
  return timeoutMs !== undefined && timeoutMs < longestTimerMs ? Math.max(0, timeoutMs) : undefined;
}

/** What became of a promise within a time. */
export type Settled<T> = { settled: true; value: T; error?: undefined } | { settled: boolean; error?: unknown };

/**
 * Waits for `promise`, `ms` milliseconds at most. Never rejects; a promise that fails too late fails unheard.
 */
export async function settleWithin<T>(promise: Promise<T>, ms: number): Promise<Settled<T>> {
  const late = Promise.withResolvers<Settled<T>>();
  const timer = setTimeout(() => late.resolve({ settled: false }), Math.min(ms, longestTimerMs));
  const settled: Promise<Settled<T>> = promise.then(
    (value) => ({ settled: true, value }),
    (error: unknown) => ({ settled: true, error }),
  );
  try {
    return await Promise.race([settled, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
