/** What is done to one plugin, one operation after the other. A stop abandons those that were asked for before it. */
import { Code, ConnectError } from "@connectrpc/connect";

export interface Operations {
  /** Runs an operation when those before it are done. @param operation is told by its signal when a stop abandons it */
  run<T>(operation: (halted: AbortSignal) => Promise<T>): Promise<T>;
  /** The same for an operation that launches an instance: a stop before its turn abandons it, too. @throws Error once closed */
  launch<T>(operation: (halted: AbortSignal) => Promise<T>): Promise<T>;
  /** Abandons all operations under way or waiting, and then runs this one. */
  interrupt(operation: () => Promise<void>): Promise<void>;
  /** From now on, none that launches an instance is run. @param why the reason in their errors */
  close(why: string): void;
}

/** @param plugin its name, for errors */
export function createOperations(plugin: string): Operations {
  /** Aborts at a stop, for all operations that were asked for before it. */
  let halt = new AbortController();
  let last: Promise<unknown> = Promise.resolve();
  let closed: string | undefined;

  function run<T>(operation: (halted: AbortSignal) => Promise<T>): Promise<T> {
    const { signal } = halt;
    const result = last.then(() => operation(signal));
    last = result.catch(() => undefined);
    return result;
  }

  return {
    run,
    async launch(operation) {
      if (closed !== undefined) throw new Error(`Cannot start plugin "${plugin}": ${closed}`);
      return run((halted) => {
        halted.throwIfAborted();
        return operation(halted);
      });
    },
    interrupt(operation) {
      halt.abort(new ConnectError("the plugin was stopped", Code.Canceled));
      halt = new AbortController();
      return run(operation);
    },
    close(why) {
      closed ??= why;
    },
  };
}
