/** Small pieces for async iterables that end when they must. */
import { create, type DescMessage, type Message, type MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import type { CallSignal } from "../connection.ts";
import { unlessAborted } from "../time/abort.ts";
import { takeTurn } from "../time/turn.ts";
import { asConnectError } from "./connect-error.ts";

/** An iterable of one value. */
export async function* once<T>(value: T): AsyncGenerator<T> {
  yield value;
}

/**
 * One iteration of `source`, with an end that is a promise and never throws. What a caller gives for an iterable may end in any way, and
 * Connect ends it where an error would be uncaught.
 */
function sound<T>(source: AsyncIterable<T>): AsyncIterableIterator<T> {
  let iterator: AsyncIterator<T> | undefined;
  const over: IteratorReturnResult<undefined> = { done: true, value: undefined };
  return {
    next() {
      iterator ??= source[Symbol.asyncIterator]();
      return iterator.next();
    },
    async return() {
      iterator ??= source[Symbol.asyncIterator]();
      await iterator.return?.();
      return over;
    },
    async throw(error) {
      iterator ??= source[Symbol.asyncIterator]();
      await iterator.throw?.(error);
      return over;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** One iteration of a caller's messages: of those that are given in part, whole ones are made. */
export function created<I extends DescMessage>(
  schema: I,
  source: AsyncIterable<MessageInitShape<I>>,
): AsyncIterableIterator<Message> {
  const iterator = sound(source);
  const toMessage = (result: IteratorResult<MessageInitShape<I>>): IteratorResult<Message> =>
    result.done ? result : { done: false, value: create(schema, result.value) };
  return {
    next: () => iterator.next().then(toMessage),
    async return() {
      await iterator.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Hands on each value of `source`, and leaves the loop a turn after so many. Ending the result ends the source. */
export function paced<T>(source: AsyncIterable<T>): AsyncIterableIterator<T> {
  const iterator = source[Symbol.asyncIterator]();
  return {
    next() {
      const turn = takeTurn();
      return turn === undefined ? iterator.next() : turn.then(() => iterator.next());
    },
    async return() {
      await iterator.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Maps each value; ending the result ends the source, and so does a value that cannot be mapped. */
export function map<A, B>(source: AsyncIterable<A>, convert: (value: A) => B): AsyncIterableIterator<B> {
  const iterator = source[Symbol.asyncIterator]();
  const over: IteratorReturnResult<undefined> = { done: true, value: undefined };
  let isOver = false;
  const toMapped = (result: IteratorResult<A>): IteratorResult<B> => {
    if (result.done) return end();
    try {
      return { done: false, value: convert(result.value) };
    } catch (error) {
      end();
      abandon(iterator);
      throw error;
    }
  };
  const end = () => {
    isOver = true;
    return over;
  };
  return {
    next: () => (isOver ? Promise.resolve(over) : iterator.next().then(toMapped)),
    async return() {
      isOver = true;
      await iterator.return?.();
      return over;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Begins to iterate `source` at once, one value ahead of the reader, so that a call is under way before it is read. */
export function eager<T>(source: AsyncIterableIterator<T>): AsyncIterableIterator<T> {
  let first: Promise<IteratorResult<T>> | undefined = source.next();
  first.catch(ignore);
  return {
    next() {
      const next = first ?? source.next();
      first = undefined;
      return next;
    },
    async return() {
      await source.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/**
 * Iterates `source` and ends with the signal's reason as soon as it aborts, also while the source does not answer. The source
 * is told to end, but not waited for. (One pending rejection at a time: racing each step against one promise that lives as
 * long as the stream would keep something for every message.)
 */
export function untilAborted<T>(source: AsyncIterable<T>, signal: CallSignal): AsyncIterableIterator<T> {
  const iterator = source[Symbol.asyncIterator]();
  let rejectPending: ((reason: unknown) => void) | undefined;
  const end = () => {
    signal.removeEventListener("abort", onAbort);
    abandon(iterator);
  };
  const onAbort = () => {
    rejectPending?.(abortReason(signal));
    end();
  };
  if (signal.aborted) end();
  else signal.addEventListener("abort", onAbort, { once: true });
  return {
    next() {
      if (signal.aborted) return Promise.reject(abortReason(signal));
      return new Promise((resolve, reject) => {
        rejectPending = reject;
        iterator.next().then(
          (result) => {
            if (result.done) signal.removeEventListener("abort", onAbort);
            resolve(result);
          },
          (error: unknown) => {
            signal.removeEventListener("abort", onAbort);
            reject(error);
          },
        );
      });
    },
    async return() {
      end();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Settles as `promise` does, or rejects with the signal's reason, as a ConnectError, when it aborts first. */
export function untilAbortedOnce<T>(promise: Promise<T>, signal: CallSignal | undefined): Promise<T> {
  return unlessAborted(promise, signal, abortReason);
}

/** Why a signal aborted, always as a ConnectError, whatever its owner has given as the reason. */
export function abortReason(signal: CallSignal): ConnectError {
  return asConnectError(signal.reason, Code.Canceled);
}

/**
 * The reason for which signals of a call abort when it has ended: it only takes listeners and timers away. One for all, because
 * an abort without a reason makes an error with a stack each time.
 */
export const callEnded: ConnectError = canceled("the call has ended");

/** Its metadata are made when something reads them: with a thread's first `Headers`, Node loads all of fetch, a third of a guest's start. */
function canceled(rawMessage: string): ConnectError {
  const error = Object.assign(new Error(`[canceled] ${rawMessage}`), {
    ...{ name: "ConnectError", rawMessage, code: Code.Canceled, details: [], cause: undefined, isWireError: false },
  });
  let metadata: Headers | undefined;
  const get = () => {
    metadata ??= new Headers();
    return metadata;
  };
  return Object.setPrototypeOf(Object.defineProperty(error, "metadata", { get }), ConnectError.prototype);
}

/** Tells an iterator to end, and waits for nothing. One that is not ours may answer with anything, or throw. */
export function abandon(iterator: AsyncIterator<unknown>): void {
  try {
    Promise.resolve(iterator.return?.()).catch(ignore);
  } catch {
    // It has ended in its own way.
  }
}

/** For promises whose failure is reported elsewhere. */
export function ignore(): void {}
