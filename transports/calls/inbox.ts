/** Values that have arrived and wait for their one reader. */
import { createQueue } from "../../src/values/queue.ts";

export interface Inbox<T> {
  readonly values: AsyncIterableIterator<T>;
  /** What waits, in the measure of `sizeOf`. */
  readonly waiting: number;
  push(value: T): void;
  /** No more values: the reader sees those that wait, then the end or the error. */
  end(error?: Error): void;
  /** The values are not needed any more: the reader sees the error at once, and what waits takes no memory while it does not read. */
  abort(error: Error): void;
}

export interface InboxOptions<T> {
  /** @default 1 for each value */
  readonly sizeOf?: (value: T) => number;
  /** Told of the size of each value that the reader takes. */
  readonly onTake?: (size: number) => void;
  /** Told when the reader stops before the end. */
  readonly onAbandon?: () => void;
}

export function createInbox<T>({ sizeOf = () => 1, onTake, onAbandon }: InboxOptions<T> = {}): Inbox<T> {
  const queue = createQueue<T>();
  let waiting = 0;
  let ended: { error?: Error } | undefined;
  let abandoned = false;
  let reader: { resolve(result: IteratorResult<T>): void; reject(error: Error): void } | undefined;
  const over: IteratorReturnResult<undefined> = { done: true, value: undefined };

  function empty(): void {
    queue.takeAll();
    waiting = 0;
  }

  function end(error?: Error): void {
    if (ended !== undefined) return;
    ended = error === undefined ? {} : { error };
    if (reader === undefined) return;
    const { resolve, reject } = reader;
    reader = undefined;
    if (error === undefined) resolve(over);
    else reject(error);
  }

  return {
    values: {
      next() {
        if (queue.length > 0) {
          const value = queue.take() as T;
          const size = sizeOf(value);
          waiting -= size;
          onTake?.(size);
          return Promise.resolve({ done: false, value });
        }
        if (ended?.error !== undefined) return Promise.reject(ended.error);
        if (ended !== undefined) return Promise.resolve(over);
        return new Promise((resolve, reject) => {
          reader = { resolve, reject };
        });
      },
      async return() {
        abandoned = true;
        empty();
        if (ended === undefined) {
          ended = {};
          onAbandon?.();
        }
        reader?.resolve(over);
        reader = undefined;
        return over;
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    },
    get waiting() {
      return waiting;
    },
    push(value) {
      if (ended !== undefined) return;
      const size = sizeOf(value);
      if (reader === undefined) {
        queue.push(value);
        waiting += size;
        return;
      }
      const { resolve } = reader;
      reader = undefined;
      onTake?.(size);
      resolve({ done: false, value });
    },
    end,
    abort(error) {
      if (abandoned) return;
      empty();
      // Also where it had ended without an error: what was to be read before that is no longer there.
      if (ended?.error === undefined) ended = undefined;
      end(error);
    },
  };
}
