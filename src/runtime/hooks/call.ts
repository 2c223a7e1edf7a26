/**
 * One call of the host on its way to an instance, and what the hooks do with it. All of it is lazy: for a call that no hook watches
 * it makes no timer, no listener and no promise.
 */
import { Code, ConnectError } from "@connectrpc/connect";
import { createLinkedAbortController } from "../../../transports/calls/connect.ts";
import { asConnectError } from "../../../transports/calls/connect-error.ts";
import { abortReason, callEnded, ignore, untilAbortedOnce } from "../../../transports/calls/iterables.ts";
import { systemClock } from "../../../transports/time/clock.ts";
import type { CallHook, CallKind, CallWatch, HookedCallInfo } from "./hook.ts";

export interface CallOrigin {
  readonly path: string;
  readonly service: string;
  readonly method: string;
  readonly kind: CallKind | undefined;
  /** The caller's signal. */
  readonly signal: AbortSignal | undefined;
  /** The caller's deadline, which the signal need not know of, in milliseconds. */
  readonly timeoutMs: number | undefined;
  /** Aborts when the instance ends, or the connection is closed; the reason is the error of its calls. */
  readonly ended: AbortSignal;
}

export class HookedCall implements HookedCallInfo {
  readonly path: string;
  readonly service: string;
  readonly method: string;
  readonly kind: CallKind | undefined;
  readonly #origin: CallOrigin;
  readonly #begin = performance.now();
  readonly #watches: CallWatch[] = [];
  #waited = false;
  #ended: { error: ConnectError | undefined } | undefined;
  #controller: AbortController | undefined;
  #cancelTimer = ignore;

  constructor(origin: CallOrigin) {
    this.path = origin.path;
    this.service = origin.service;
    this.method = origin.method;
    this.kind = origin.kind;
    this.#origin = origin;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      const { signal, ended, timeoutMs } = this.#origin;
      const controller = createLinkedAbortController(signal, ended);
      this.#controller = controller;
      if (this.#ended !== undefined) controller.abort(callEnded);
      else if (timeoutMs !== undefined && timeoutMs > 0) {
        this.#cancelTimer = systemClock.after(Math.max(0, timeoutMs - (performance.now() - this.#begin)), () =>
          controller.abort(new ConnectError("the operation timed out", Code.DeadlineExceeded)),
        );
      }
    }
    return this.#controller.signal;
  }

  /** Whether a hook has waited before the call was sent. */
  get waited(): boolean {
    return this.#waited;
  }

  /** What is left of the caller's deadline. */
  get leftMs(): number | undefined {
    const { timeoutMs } = this.#origin;
    if (!this.#waited || timeoutMs === undefined || timeoutMs <= 0) return timeoutMs;
    return Math.max(1, timeoutMs - (performance.now() - this.#begin));
  }

  /** Whether a hook watches this call. */
  get isWatched(): boolean {
    return this.#watches.length > 0;
  }

  /** Whether a hook may hold back what the plugin answers. */
  get holdsBack(): boolean {
    return this.#watches.some(({ beforeAnswer, beforeMessage }) => (beforeAnswer ?? beforeMessage) !== undefined);
  }

  /** Asks the hooks. Throws what one of them throws; a promise only when one of them waits. */
  enter(hooks: readonly CallHook[]): Promise<void> | undefined {
    try {
      for (let index = 0; index < hooks.length; index++) {
        const watch = hooks[index]?.(this);
        if (watch instanceof Promise) return this.#enterWaiting(watch, hooks.slice(index + 1));
        this.#take(watch);
      }
      return undefined;
    } catch (thrown) {
      throw this.fail(thrown);
    }
  }

  async #enterWaiting(first: Promise<CallWatch | undefined>, hooks: readonly CallHook[]): Promise<void> {
    this.#waited = true;
    try {
      await untilAbortedOnce(
        first.then((watch) => this.#take(watch)),
        this.signal,
      );
      for (const hook of hooks) {
        const watch = hook(this);
        if (watch instanceof Promise) {
          await untilAbortedOnce(
            watch.then((late) => this.#take(late)),
            this.signal,
          );
        } else this.#take(watch);
      }
    } catch (thrown) {
      throw this.fail(thrown);
    }
  }

  /** A hook's promise may resolve after the call has ended. */
  #take(watch: CallWatch | undefined): void {
    if (watch === undefined) return;
    if (this.#ended === undefined) this.#watches.push(watch);
    else watch.end?.(this.#ended.error);
  }

  /** The transport has the call. */
  sent(): void {
    for (const watch of this.#watches) watch.sent?.();
  }

  /** A promise only when a hook waits; rejects when the call ends first. */
  before(step: "beforeAnswer" | "beforeMessage", from = 0): Promise<void> | undefined {
    for (let index = from; index < this.#watches.length; index++) {
      const waiting = this.#watches[index]?.[step]?.();
      if (waiting instanceof Promise) {
        return untilAbortedOnce(waiting, this.signal).then(() => this.before(step, index + 1));
      }
    }
    return undefined;
  }

  /** Ends the call even if its answer is not read. */
  endOnAbort(): void {
    const { signal } = this;
    if (signal.aborted) this.fail(abortReason(signal));
    else signal.addEventListener("abort", () => this.fail(abortReason(signal)), { once: true });
  }

  end(error?: ConnectError): void {
    if (this.#ended !== undefined) return;
    this.#ended = { error };
    this.#cancelTimer();
    for (const watch of this.#watches) watch.end?.(error);
    // Removes the listeners from signals that may outlive the call by far.
    this.#controller?.abort(callEnded);
  }

  /** Ends the call with what was thrown, and returns that as the error for the caller. */
  fail(thrown: unknown): ConnectError {
    const error = asConnectError(thrown);
    this.end(error);
    return error;
  }
}
