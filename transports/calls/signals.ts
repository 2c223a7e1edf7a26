/** Signals of callers, which Connect's own code trusts more than it may. */
import { abortReason } from "./iterables.ts";

export interface SoundSignal {
  readonly signal: AbortSignal;
  /** Takes the listener off the caller's signal, which may live much longer than the call. */
  unlink(): void;
}

/**
 * A signal that aborts with the caller's, with a ConnectError as its reason: a caller may abort with anything, and Connect takes the
 * text of whatever it is.
 */
export function soundSignal(caller: AbortSignal): SoundSignal {
  const controller = new AbortController();
  const onAbort = () => controller.abort(abortReason(caller));
  if (caller.aborted) onAbort();
  else caller.addEventListener("abort", onAbort, { once: true });
  return { signal: controller.signal, unlink: () => caller.removeEventListener("abort", onAbort) };
}
