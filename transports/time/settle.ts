/** Waiting for a promise, but not for ever. */
import { longestTimerMs } from "./clock.ts";

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
