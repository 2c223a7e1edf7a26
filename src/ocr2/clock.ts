/** The engine's only source of time, so that tests can hold it. */

export interface Clock {
  /**
   * Runs `then` once, after `ms` milliseconds; never before this returns.
   * @returns cancels it; harmless when it has run
   */
  after(ms: number, then: () => void): () => void;
}

/** The longest that a timer can wait, almost 25 days. One that should wait longer fires then. */
const maxTimerMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  after(ms, then) {
    const timer = setTimeout(then, Math.min(ms, maxTimerMs));
    return () => clearTimeout(timer);
  },
};

/** Resolves after `ms` milliseconds, or at once when the signal aborts: look at the signal afterwards. */
export function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const wake = () => {
      cancel();
      signal.removeEventListener("abort", wake);
      resolve();
    };
    const cancel = clock.after(ms, wake);
    signal.addEventListener("abort", wake, { once: true });
  });
}
