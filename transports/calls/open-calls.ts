/**
 * Calls that are under way, and all that ends them early: one timer for the earliest of their deadlines, one listener for each signal
 * that their callers have, and one for the end of what they go over, however many calls there are.
 */
import type { ConnectError } from "@connectrpc/connect";
import type { CallSignal } from "../connection.ts";
import { longestTimerMs } from "../time/clock.ts";
import { CallAbort } from "./call-signal.ts";
import { noTimeout, timedOut } from "./errors.ts";
import { abortReason } from "./iterables.ts";

/** A call that is under way: its own signal, and its place in a list of calls with the same caller's signal. */
export abstract class OpenCall extends CallAbort {
  readonly deadline: number | undefined;
  /** Undefined when it is not open, or no more. */
  group: CallGroup | undefined = undefined;
  previous: OpenCall | undefined = undefined;
  next: OpenCall | undefined = undefined;

  constructor(deadline: number | undefined) {
    super();
    this.deadline = deadline;
  }

  /** Tells the caller. Called at most once, after it was taken out and those below were told. */
  protected abstract onCut(error: ConnectError): void;

  /** Ends it early. Without effect on one that is not open. */
  cut(error: ConnectError): void {
    if (!this.close()) return;
    this.abort(error);
    this.onCut(error);
  }

  /** Takes it out: it has ended. False: it had ended before. */
  close(): boolean {
    const { group } = this;
    if (group === undefined) return false;
    this.group = undefined;
    group.remove(this);
    return true;
  }
}

/** The calls with one caller's signal, or those without one. */
class CallGroup {
  readonly signal: CallSignal | undefined;
  readonly #calls: OpenCalls;
  #first: OpenCall | undefined = undefined;
  /** Whether it is among those that the next sweep looks at. */
  isEmptied = false;

  constructor(signal: CallSignal | undefined, calls: OpenCalls) {
    this.signal = signal;
    this.#calls = calls;
    signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  get isEmpty(): boolean {
    return this.#first === undefined;
  }

  add(call: OpenCall): void {
    call.group = this;
    call.next = this.#first;
    if (this.#first !== undefined) this.#first.previous = call;
    this.#first = call;
  }

  remove(call: OpenCall): void {
    const { previous, next } = call;
    if (call.deadline !== undefined && --this.#calls.timed === 0) this.#calls.sweepSoon();
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next !== undefined) next.previous = previous;
    call.previous = undefined;
    call.next = undefined;
    if (this.#first === undefined) this.#calls.onEmptied(this);
  }

  *[Symbol.iterator](): Generator<OpenCall> {
    for (let call = this.#first; call !== undefined; call = call.next) yield call;
  }

  cut(error: ConnectError): void {
    for (const call of [...this]) call.cut(error);
  }

  readonly #onAbort = (): void => {
    if (this.signal !== undefined) this.cut(abortReason(this.signal));
  };

  release(): void {
    this.signal?.removeEventListener("abort", this.#onAbort);
  }
}

/** Groups that may wait empty for the next turn of the loop, which a program that only waits for promises never reaches. */
const mostEmptied = 256;

export class OpenCalls {
  readonly #over: AbortSignal | undefined;
  readonly #groups = new Map<CallSignal | undefined, CallGroup>();
  /** The group of the latest call: callers mostly have one signal for many calls. */
  #latest: CallGroup | undefined = undefined;
  #emptied: CallGroup[] = [];
  #sweeping = false;
  #timer: ReturnType<typeof setTimeout> | undefined = undefined;
  /** How many of the calls have a deadline. */
  timed = 0;
  #timerAt = Number.POSITIVE_INFINITY;

  /** @param over ends all calls, and lets no more begin */
  constructor(over?: AbortSignal) {
    this.#over = over;
  }

  /** Takes a call in. @returns why it cannot begin, and is not open */
  open(call: OpenCall, signal: CallSignal | undefined): ConnectError | undefined {
    const over = this.#over;
    if (over?.aborted) return abortReason(over);
    if (signal?.aborted) return abortReason(signal);
    const { deadline } = call;
    if (deadline !== undefined) {
      if (Number.isNaN(deadline)) return noTimeout(deadline);
      if (deadline < this.#timerAt) this.#wake(deadline);
      this.timed++;
    }
    let group = this.#latest;
    if (group === undefined || group.signal !== signal) {
      group = this.#groups.get(signal) ?? this.#group(signal);
      this.#latest = group;
    }
    group.add(call);
    return undefined;
  }

  #group(signal: CallSignal | undefined): CallGroup {
    if (this.#groups.size === 0) this.#over?.addEventListener("abort", this.#onOver, { once: true });
    const group = new CallGroup(signal, this);
    this.#groups.set(signal, group);
    return group;
  }

  readonly #onOver = (): void => {
    const error = abortReason(this.#over as AbortSignal);
    for (const group of [...this.#groups.values()]) group.cut(error);
  };

  #wake(deadline: number): void {
    clearTimeout(this.#timer);
    this.#timerAt = deadline;
    const ms = Math.ceil(deadline - performance.now());
    this.#timer = setTimeout(this.#onTimer, Math.min(Math.max(0, ms), longestTimerMs));
  }

  readonly #onTimer = (): void => {
    const now = performance.now();
    const late: OpenCall[] = [];
    let earliest = Number.POSITIVE_INFINITY;
    for (const group of this.#groups.values()) {
      for (const call of group) {
        const { deadline = Number.POSITIVE_INFINITY } = call;
        if (deadline <= now) late.push(call);
        else if (deadline < earliest) earliest = deadline;
      }
    }
    this.#timerAt = Number.POSITIVE_INFINITY;
    if (earliest < Number.POSITIVE_INFINITY) this.#wake(earliest);
    for (const call of late) call.cut(timedOut());
  };

  /** A group has no calls. What it holds is given back at the next turn of the loop: it mostly has calls again before that. */
  onEmptied(group: CallGroup): void {
    if (group.isEmptied) return;
    group.isEmptied = true;
    this.#emptied.push(group);
    if (this.#emptied.length >= mostEmptied) this.#sweep();
    this.sweepSoon();
  }

  sweepSoon(): void {
    if (this.#sweeping) return;
    this.#sweeping = true;
    setImmediate(() => {
      this.#sweeping = false;
      this.#sweep();
    });
  }

  #sweep(): void {
    const emptied = this.#emptied;
    this.#emptied = [];
    for (const group of emptied) {
      group.isEmptied = false;
      if (!group.isEmpty) continue;
      group.release();
      this.#groups.delete(group.signal);
      if (this.#latest === group) this.#latest = undefined;
    }
    if (this.#groups.size === 0) this.#over?.removeEventListener("abort", this.#onOver);
    if (this.timed > 0) return;
    clearTimeout(this.#timer);
    this.#timerAt = Number.POSITIVE_INFINITY;
  }
}
