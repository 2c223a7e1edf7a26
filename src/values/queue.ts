/** Values that wait, in their order. */

/** First in, first out, in constant time: `Array.shift` moves all that are left, which takes long where there are many. */
export interface Queue<T> {
  readonly length: number;
  push(value: T): void;
  /** The value that has waited longest; `undefined` when there is none. */
  take(): T | undefined;
  /** All of them, the oldest first. */
  takeAll(): T[];
}

/** Slots of values that were taken, before their memory is released. */
const mostGone = 1024;

export function createQueue<T>(): Queue<T> {
  let values: (T | undefined)[] = [];
  let first = 0;
  return {
    get length() {
      return values.length - first;
    },
    push: (value) => values.push(value),
    take() {
      const value = values[first];
      if (first < values.length) values[first++] = undefined;
      if (first === values.length) {
        values.length = 0;
        first = 0;
      } else if (first >= mostGone && first * 2 >= values.length) {
        values = values.slice(first);
        first = 0;
      }
      return value;
    },
    takeAll() {
      const all = values.slice(first) as T[];
      values.length = 0;
      first = 0;
      return all;
    },
  };
}
