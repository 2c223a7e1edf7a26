/** Where time comes from for all that waits and decides by it, so that tests can hold it. */

/** The longest that a timer can wait, almost 25 days. One that should wait longer fires at once. */
export const longestTimerMs = 2 ** 31 - 1;

export interface Clock {
  /** Milliseconds since 1970: for what is shown, and for what is kept beyond this process. Who sets the machine's clock moves it, back too. */
  now(): number;
  /** Milliseconds since some moment: for what is measured. It only goes forward, whatever the machine's clock is set to. */
  elapsed(): number;
  /**
   * Runs `then` once, after `ms` milliseconds; never before this returns. @throws RangeError for NaN, which a timer takes for no time
   * @param options.background whether the program may end meanwhile. @default false
   * @returns cancels it; harmless when it has run
   */
  after(ms: number, then: () => void, options?: { readonly background?: boolean }): () => void;
}

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after(ms, then, { background = false } = {}) {
    if (Number.isNaN(ms)) throw new RangeError("Cannot wait for a time that is not a number");
    const timer = setTimeout(then, Math.min(ms, longestTimerMs));
    if (background) timer.unref();
    return () => clearTimeout(timer);
  },
};
