/** The callers who wait for a life, until one comes or is known not to. */
import { abortReason } from "../../transports/calls/iterables.ts";

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
      if (signal?.aborted) return Promise.reject(abortReason(signal));
      return new Promise((resolve, reject) => {
        const woken = () => {
          signal?.removeEventListener("abort", onAbort);
          resolve();
        };
        const onAbort = () => {
          waiting.delete(woken);
          if (signal !== undefined) reject(abortReason(signal));
        };
        waiting.add(woken);
        signal?.addEventListener("abort", onAbort, { once: true });
      });
    },
    wake() {
      const woken = [...waiting];
      waiting.clear();
      for (const wake of woken) wake();
    },
  };
}
