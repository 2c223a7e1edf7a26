/** An instance that has become ready, with its calls in flight, which a switch waits for, and when it became ready. */
import { unlessAborted } from "../../transports/time/abort.ts";
import type { Clock } from "../../transports/time/clock.ts";
import { settleWithin } from "../../transports/time/settle.ts";
import type { ExitReason, PluginInstance } from "../../transports/transport.ts";

export interface RunningInstance {
  readonly instance: PluginInstance;
  readonly generation: number;
  readonly kind: string;
  /** For how long it has been ready. */
  readonly readyMs: number;
  /** Whether calls may still go here: it has not ended and was not killed. */
  readonly isOpen: boolean;
  /** Ends the instance by force. It gets no calls from now on. */
  kill(reason?: ExitReason): void;
  /** Calls in flight, of any shape. */
  readonly inFlight: number;
  /** Counts a call as in flight. */
  begin(): void;
  /** A call has ended: once for each {@link begin}. */
  end(): void;
  /** Waits until no call is in flight, `ms` milliseconds at most, and not when the signal has aborted. */
  drained(ms: number, signal: AbortSignal): Promise<void>;
}

export function createRunningInstance(
  instance: PluginInstance,
  generation: number,
  kind: string,
  clock: Clock,
): RunningInstance {
  const readyAt = clock.elapsed();
  let killed = false;
  let inFlight = 0;
  const waiting = new Set<() => void>();
  return {
    instance,
    generation,
    kind,
    get readyMs() {
      return clock.elapsed() - readyAt;
    },
    get isOpen() {
      return !killed && !instance.ended.aborted;
    },
    kill(reason) {
      killed = true;
      instance.kill(reason);
    },
    get inFlight() {
      return inFlight;
    },
    begin() {
      inFlight++;
    },
    end() {
      inFlight--;
      if (inFlight === 0) for (const wake of waiting) wake();
    },
    async drained(ms, signal) {
      if (inFlight === 0) return;
      const { promise: idle, resolve } = Promise.withResolvers<void>();
      waiting.add(resolve);
      await settleWithin(unlessAborted(unlessAborted(idle, instance.ended), signal), ms, clock);
      waiting.delete(resolve);
      // Also after a timeout or an abort: nothing waits for `idle` any more.
      resolve();
    },
  };
}
