/** Letting time pass. */
import type { CallSignal } from "../connection.ts";
import { type Clock, systemClock } from "./clock.ts";

export interface SleepOptions {
  /** Ends the sleep: look at it afterwards. */
  readonly signal?: CallSignal | undefined;
  /** @default the machine's */
  readonly clock?: Clock;
}

/** Resolves after `ms` milliseconds, or at once when the signal aborts. Never rejects. */
export function sleep(ms: number, { signal, clock = systemClock }: SleepOptions = {}): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const wake = () => {
      cancel();
      signal?.removeEventListener("abort", wake);
      resolve();
    };
    const cancel = clock.after(ms, wake);
    signal?.addEventListener("abort", wake, { once: true });
  });
}
