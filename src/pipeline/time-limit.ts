/** Limits of time that nest: each is a signal with a timer, and whoever made it ends it. */
import { longestTimerMs } from "../../transports/time/clock.ts";

export interface TimeLimit extends Disposable {
  /** Aborts when the time is over, or when the limit around it ends. */
  readonly signal: AbortSignal;
  /** Aborts the signal now. */
  end(reason: unknown): void;
}

/**
 * Begins a limit of time.
 * @param timeoutMs `Infinity` for none of its own
 * @param message of the TimeoutError that is the signal's reason
 * @param outer the limit around it
 */
export function createTimeLimit(timeoutMs: number, message: string, outer?: AbortSignal): TimeLimit {
  const controller = new AbortController();
  const end = (reason: unknown) => controller.abort(reason);
  const onOuter = () => end(outer?.reason);
  const onTimeout = () => end(new DOMException(message, "TimeoutError"));
  let timer: NodeJS.Timeout | undefined;
  if (outer?.aborted === true) onOuter();
  else if (timeoutMs <= 0) onTimeout();
  else {
    outer?.addEventListener("abort", onOuter, { once: true });
    if (timeoutMs <= longestTimerMs) timer = setTimeout(onTimeout, timeoutMs);
  }
  return {
    signal: controller.signal,
    end,
    [Symbol.dispose]() {
      clearTimeout(timer);
      outer?.removeEventListener("abort", onOuter);
    },
  };
}

/**
 * Waits for a promise until the signal aborts. A promise that is left behind may fail unheard.
 * @throws the signal's reason
 */
export async function abandonOnAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  promise.catch(() => {});
  aborted.promise.catch(() => {});
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** Waits `ms` milliseconds. @returns false when the signal has aborted */
export async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  using limit = createTimeLimit(Math.min(ms, longestTimerMs), "waited", signal);
  if (!limit.signal.aborted) {
    await new Promise<void>((resolve) => limit.signal.addEventListener("abort", () => resolve(), { once: true }));
  }
  return !signal.aborted;
}
