/**
 * What ends when a LOOP object ends. Objects make others (a relayer its providers, a factory its reporting plugins), are
 * served on brokered connections of their own and use connections to the other side. Nothing but the object's end can free
 * those: the other side hanging up is not seen here, as in Go.
 */
import { aborted } from "../../transports/time/abort.ts";
import { sleep } from "../../transports/time/sleep.ts";
import type { CallOptions } from "./types.ts";

/** What can be closed. Both sides' objects are. */
export interface Closable {
  close(options?: CallOptions): Promise<void>;
}

/** The lifetime of one object. It ends in two steps, because an object is often closed by a call over what it holds. */
export interface Lifetime extends Closable {
  readonly closed: boolean;
  /**
   * Ends `child` before this object closes, unless it has ended by then.
   * @throws Error when this object has closed
   */
  adopt(child: Lifetime): void;
  /** Frees `held` after this object has closed; at once when it already is free. */
  hold(held: AsyncDisposable): void;
  /**
   * Ends the children, then closes the object. Happens once: later calls have the first one's outcome.
   * @throws what the object's `close` throws, and the children's errors with it
   */
  close(options?: CallOptions): Promise<void>;
  /** Frees what is held. For after `close`; never rejects. */
  free(): Promise<void>;
}

/** @param object what is closed when the lifetime ends */
export function createLifetime(object: Closable): Lifetime {
  const children = new Set<Lifetime>();
  const held: AsyncDisposable[] = [];
  let closing: Promise<void> | undefined;
  let freed = false;

  async function closeAll(options?: CallOptions) {
    const ends = await Promise.allSettled([...children].map((child) => endLifetime(child, options)));
    ends.push(...(await Promise.allSettled([object.close(options)])));
    const errors = ends.flatMap((end) => (end.status === "rejected" ? [end.reason] : []));
    if (errors.length > 1) throw new AggregateError(errors, errors.map(String).join("; "));
    if (errors.length === 1) throw errors[0];
  }

  return {
    get closed() {
      return closing !== undefined;
    },
    adopt(child) {
      if (closing !== undefined) throw new Error("Cannot make a new object: what makes it has been closed");
      children.add(child);
      child.hold({
        async [Symbol.asyncDispose]() {
          children.delete(child);
        },
      });
    },
    hold(disposable) {
      held.push(disposable);
      if (freed) void this.free();
    },
    close(options) {
      closing ??= closeAll(options);
      return closing;
    },
    async free() {
      freed = true;
      // Whoever used it is gone: an error has nobody left to tell.
      await Promise.allSettled(held.splice(0).map(async (disposable) => disposable[Symbol.asyncDispose]()));
    },
  };
}

/** Both steps of an end. Frees also when closing fails. */
export async function endLifetime(lifetime: Lifetime, options?: CallOptions): Promise<void> {
  try {
    await lifetime.close(options);
  } finally {
    await lifetime.free();
  }
}

/** How long a connection stays for the answer to the call that has closed its object, in milliseconds. */
const answerLingerMs = 100;

/**
 * Closes a lifetime's object for a call that may have come over a connection that the lifetime holds, and frees that a
 * little after the call is over: a handler cannot see its answer leave, and freed any sooner the connection would cut it off.
 * @param call the handler's signal, which aborts when the handler is done
 */
export async function closeByCall(lifetime: Lifetime, call: AbortSignal, options: CallOptions): Promise<void> {
  try {
    await lifetime.close(options);
  } finally {
    void aborted(call)
      .then(() => sleep(answerLingerMs))
      .then(() => lifetime.free());
  }
}
