/** One life that has come up, with what is under way on it: the calls that a switch waits for, and how long it has lived. */
import type { Clock } from "../../transports/time/clock.ts";
import type { ExitReason, PluginInstance } from "../../transports/transport.ts";

export interface Live {
  readonly instance: PluginInstance;
  readonly generation: number;
  readonly kind: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** Whether calls may still go here: it has not ended, and nobody has ended it. */
  readonly isOpen: boolean;
  /** Ends the life by force. Calls go elsewhere from now on. */
  kill(reason?: ExitReason): void;
  /** Calls in flight, of any shape. */
  readonly inFlight: number;
  /** Counts a call as in flight until the returned function is called. */
  begin(): () => void;
  /** Waits until no call is in flight, `ms` milliseconds at most, and not when the signal has aborted. */
  drained(ms: number, signal: AbortSignal): Promise<void>;
}

export function createLive(instance: PluginInstance, generation: number, kind: string, clock: Clock): Live {
  let condemned = false;
  let inFlight = 0;
  const waiting = new Set<() => void>();
  return {
    instance,
    generation,
    kind,
    since: clock.now(),
    get isOpen() {
      return !condemned && !instance.ended.aborted;
    },
    kill(reason) {
      condemned = true;
      instance.kill(reason);
    },
    get inFlight() {
      return inFlight;
    },
    begin() {
      inFlight++;
      let ended = false;
      return () => {
        if (ended) return;
        ended = true;
        inFlight--;
        if (inFlight === 0) for (const wake of waiting) wake();
      };
    },
    drained(ms, signal) {
      const signals = [instance.ended, signal];
      if (inFlight === 0 || signals.some(({ aborted }) => aborted)) return Promise.resolve();
      return new Promise((resolve) => {
        const settle = () => {
          cancel();
          waiting.delete(settle);
          for (const one of signals) one.removeEventListener("abort", settle);
          resolve();
        };
        const cancel = clock.after(ms, settle);
        waiting.add(settle);
        for (const one of signals) one.addEventListener("abort", settle);
      });
    },
  };
}
