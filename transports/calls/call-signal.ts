/** Signals of calls: most calls end without anything that listens, and an AbortController for each would cost more than the call. */
import type { CallSignal } from "../connection.ts";

type Listener = () => void;

/** A signal whose first listener costs a field, and whose others cost an array. */
export class CallAbort implements CallSignal {
  aborted = false;
  reason: unknown = undefined;
  #first: Listener | undefined = undefined;
  #others: Listener[] | undefined = undefined;

  /** Tells the listeners, each once. Later calls change nothing. */
  abort(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    const first = this.#first;
    const others = this.#others;
    this.#first = undefined;
    this.#others = undefined;
    first?.();
    if (others !== undefined) for (const listener of others) listener();
  }

  addEventListener(_type: "abort", listener: Listener): void {
    if (this.aborted) return;
    if (this.#first === undefined || this.#first === listener) this.#first = listener;
    else if (this.#others === undefined) this.#others = [listener];
    else if (!this.#others.includes(listener)) this.#others.push(listener);
  }

  removeEventListener(_type: "abort", listener: Listener): void {
    if (this.#first === listener) this.#first = undefined;
    else if (this.#others !== undefined) this.#others = this.#others.filter((other) => other !== listener);
  }
}
