/**
 * Values on their way to the other side, which reads them as one stream. A later reader replaces the one before, and
 * gets what that one has left: a plugin may have one host after the other.
 */
import { createQueue } from "../../src/values/queue.ts";

export interface Outbox<T> {
  push(value: T): void;
  read(): AsyncIterableIterator<T>;
  /** Takes what has not been read. */
  takeWaiting(): T[];
  /** No more values: the reader sees those that wait, then the end. */
  end(): void;
}

/** @param onTake told of each value that a reader takes */
export function createOutbox<T>(onTake: (value: T) => void = () => {}): Outbox<T> {
  const waiting = createQueue<T>();
  let ended = false;
  let wake = () => {};
  let dismiss = () => {};
  return {
    push(value) {
      if (ended) return;
      waiting.push(value);
      wake();
    },
    read() {
      dismiss();
      let dismissed = false;
      const leave = () => {
        dismissed = true;
        wake();
      };
      dismiss = leave;
      const over: IteratorReturnResult<undefined> = { done: true, value: undefined };
      return {
        async next() {
          while (!dismissed) {
            const value = waiting.take();
            if (value !== undefined) {
              onTake(value);
              return { done: false, value };
            }
            if (ended) break;
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
          }
          return over;
        },
        async return() {
          leave();
          return over;
        },
        [Symbol.asyncIterator]() {
          return this;
        },
      };
    },
    takeWaiting: waiting.takeAll,
    end() {
      ended = true;
      wake();
    },
  };
}
