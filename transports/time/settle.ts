/** Waiting for a promise, but not forever. */
import { type Clock, systemClock } from "./clock.ts";

/** What became of a promise within a time. */
export type Settled<T> = { settled: true; value: T; error?: undefined } | { settled: boolean; error?: unknown };

/** Waits for `promise`, `ms` milliseconds at most. Never rejects; a promise that fails too late fails unheard. */
export function settleWithin<T>(promise: Promise<T>, ms: number, clock: Clock = systemClock): Promise<Settled<T>> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, () => resolve({ settled: false }));
    const settle = (settled: Settled<T>) => {
      cancel();
      resolve(settled);
    };
    promise.then(
      (value) => settle({ settled: true, value }),
      (error: unknown) => settle({ settled: true, error }),
    );
  });
}
