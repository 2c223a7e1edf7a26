/** Time that passes when the test says so. */
import type { Clock } from "../../transports/time/clock.ts";

export interface FakeClock extends Clock {
  /**
   * Lets `ms` milliseconds pass: runs all that is due until then, each at its time and in order, and lets promises settle in
   * between. What a plugin in a thread or process does takes real time, and is waited for by other means.
   */
  advance(ms: number): Promise<void>;
  /** Sets what the clock shows, as an operator does, or a machine that has asked for the time. No time passes by it. */
  set(now: number): void;
  /** When the timers that wait are due, in milliseconds since 1970, soonest first. */
  readonly pending: readonly number[];
}

/** @param startMs what the clock shows at first. @default 2000-01-01T00:00:00Z */
export function createFakeClock(startMs = Date.UTC(2000, 0, 1)): FakeClock {
  let elapsed = 0;
  let atStart = startMs;
  const timers = new Set<{ readonly at: number; readonly then: () => void }>();

  /** The timers in the order in which they are due; of two for the same time, the one that was set first. */
  const inOrder = () => [...timers].sort((one, other) => one.at - other.at);

  return {
    now: () => atStart + elapsed,
    elapsed: () => elapsed,
    after(ms, then) {
      const timer = { at: elapsed + Math.max(0, ms), then };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    async advance(ms) {
      if (!(ms >= 0)) throw new RangeError(`Cannot advance the clock by ${ms} ms: time does not go back`);
      const end = elapsed + ms;
      await settle();
      for (;;) {
        const [next] = inOrder();
        if (next === undefined || next.at > end) break;
        elapsed = Math.max(elapsed, next.at);
        timers.delete(next);
        next.then();
        await settle();
      }
      elapsed = Math.max(elapsed, end);
    },
    set(now) {
      atStart = now - elapsed;
    },
    get pending() {
      return inOrder().map(({ at }) => atStart + at);
    },
  };
}

/** Before a test's framework puts its own in the place of it. */
const { setImmediate } = globalThis;

/** Lets everything happen that waits for nothing but promises. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}
