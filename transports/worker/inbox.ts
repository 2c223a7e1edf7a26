/** Messages that have arrived and wait for their reader, who is told of by the bytes that he takes. */

export interface Inbox {
  readonly messages: AsyncIterableIterator<Uint8Array>;
  /** Bytes that wait. */
  readonly waitingBytes: number;
  push(message: Uint8Array): void;
  /** No more messages: the reader sees those that wait, then the end or the error. */
  end(error?: Error): void;
}

/**
 * @param onTake told of the bytes of each message that its reader takes
 * @param onAbandon told when the reader stops before the end
 */
export function createInbox(onTake: (bytes: number) => void, onAbandon: () => void): Inbox {
  const waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let ended: { error?: Error } | undefined;
  let reader: { resolve(result: IteratorResult<Uint8Array>): void; reject(error: Error): void } | undefined;
  const over: IteratorReturnResult<undefined> = { done: true, value: undefined };

  const messages: AsyncIterableIterator<Uint8Array> = {
    next() {
      const message = waiting.shift();
      if (message !== undefined) {
        waitingBytes -= message.length;
        onTake(message.length);
        return Promise.resolve({ done: false, value: message });
      }
      if (ended?.error !== undefined) return Promise.reject(ended.error);
      if (ended !== undefined) return Promise.resolve(over);
      return new Promise((resolve, reject) => {
        reader = { resolve, reject };
      });
    },
    async return() {
      waiting.length = 0;
      waitingBytes = 0;
      if (ended === undefined) {
        ended = {};
        onAbandon();
      }
      reader?.resolve(over);
      reader = undefined;
      return over;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };

  return {
    messages,
    get waitingBytes() {
      return waitingBytes;
    },
    push(message) {
      if (ended !== undefined) return;
      if (reader === undefined) {
        waiting.push(message);
        waitingBytes += message.length;
        return;
      }
      const { resolve } = reader;
      reader = undefined;
      onTake(message.length);
      resolve({ done: false, value: message });
    },
    end(error) {
      if (ended !== undefined) return;
      ended = error === undefined ? {} : { error };
      if (reader === undefined) return;
      const { resolve, reject } = reader;
      reader = undefined;
      if (error === undefined) resolve(over);
      else reject(error);
    },
  };
}
