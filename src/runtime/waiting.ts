/** The callers that wait for an instance, until one is ready or none will be. */
import { untilAbortedOnce } from "../../transports/calls/iterables.ts";
import type { CallSignal } from "../../transports/connection.ts";

export interface Waiting {
  /** Resolves at the next {@link Waiting.wake}. @throws ConnectError the signal's reason, when it aborts first */
  wait(signal?: CallSignal): Promise<void>;
  /** Lets all waiting callers look again. */
  wake(): void;
}

export function createWaiting(): Waiting {
  const waiting = new Set<() => void>();
  return {
    wait(signal) {
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.add(resolve);
      return untilAbortedOnce(promise, signal).finally(() => waiting.delete(resolve));
    },
    wake() {
      const woken = [...waiting];
      waiting.clear();
      for (const wake of woken) wake();
    },
  };
}
