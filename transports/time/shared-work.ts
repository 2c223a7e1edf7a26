/** Work that is done once for all who ask for it at the same time. */
import { unlessAborted } from "./abort.ts";

/**
 * Does work for one of those who ask.
 * @param line of the works in one line, one is done at a time
 * @param key those who ask for the same key while it is done get its answer, instead of work of its own
 * @param work is told to end when none waits for it any more
 * @param signal ends the waiting of this one
 * @throws what the work throws, and the signal's reason
 */
export type ShareWork<T> = (
  line: string,
  key: string,
  work: (signal: AbortSignal) => Promise<T>,
  signal?: AbortSignal,
) => Promise<T>;

interface Running<T> {
  readonly key: string;
  readonly result: Promise<T>;
  readonly unwanted: AbortController;
  waiting: number;
}

export function createShareWork<T>(): ShareWork<T> {
  const running = new Map<string, Running<T>>();

  function begin(line: string, key: string, work: (signal: AbortSignal) => Promise<T>): Running<T> {
    const unwanted = new AbortController();
    const result = work(unwanted.signal);
    const begun: Running<T> = { key, result, unwanted, waiting: 0 };
    running.set(line, begun);
    const remove = () => {
      if (running.get(line) === begun) running.delete(line);
    };
    result.then(remove, remove);
    unwanted.signal.addEventListener("abort", remove);
    return begun;
  }

  return async (line, key, work, signal) => {
    let shared = running.get(line);
    while (shared !== undefined && shared.key !== key) {
      // A failure is for those who asked for that one.
      const done = shared.result.then(
        () => {},
        () => {},
      );
      await unlessAborted(done, signal);
      shared = running.get(line);
    }
    shared ??= begin(line, key, work);
    shared.waiting++;
    try {
      return await unlessAborted(shared.result, signal);
    } finally {
      shared.waiting--;
      if (shared.waiting === 0) shared.unwanted.abort();
    }
  };
}
