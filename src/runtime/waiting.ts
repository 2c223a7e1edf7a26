/** The callers who wait for a life, until one comes or is known not to. */
import { untilAbortedOnce } from "../../transports/calls/iterables.ts";

export interface Waiting {
  /** Resolves when the next thing happens that they wait for. @throws ConnectError the signal's reason, when it aborts first */
  wait(signal?: AbortSignal): Promise<void>;
  /** Lets everybody look again. */
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
