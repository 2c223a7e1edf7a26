/** Waiting for a signal, and for a promise no longer than until a signal aborts. */

import type { CallSignal } from "../connection.ts";

/** Resolves when the first of the signals aborts. */
export function aborted(...signals: readonly CallSignal[]): Promise<void> {
  return new Promise((resolve) => {
    if (signals.some((signal) => signal.aborted)) return resolve();
    const onAbort = () => {
      for (const signal of signals) signal.removeEventListener("abort", onAbort);
      resolve();
    };
    for (const signal of signals) signal.addEventListener("abort", onAbort);
  });
}

/**
 * Settles as `promise` does, or rejects when the signal aborts first. A promise that is left behind may fail unheard.
 * @param reasonOf what it rejects with. @default the signal's reason
 */
export function unlessAborted<T>(
  promise: Promise<T>,
  signal: CallSignal | undefined,
  reasonOf: (signal: CallSignal) => unknown = ({ reason }) => reason,
): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(reasonOf(signal));
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    promise.then(
      (value) => {
        signal.removeEventListener("abort", onAbort);
        resolve(value);
      },
      (error: unknown) => {
        signal.removeEventListener("abort", onAbort);
        reject(error);
      },
    );
  });
}
