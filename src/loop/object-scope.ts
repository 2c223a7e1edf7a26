/**
 * What ends together with a LOOP object. Objects make other objects (a relayer its providers, a factory its reporting
 * plugins), are served on their own brokered connections, and use connections to the other side. Only the end of the object
 * frees those: as in Go, an object does not see when the other side hangs up.
 */
import { aborted } from "../../transports/time/abort.ts";
import { sleep } from "../../transports/time/sleep.ts";
import { errorText } from "../values/error-text.ts";
import type { CallOptions } from "./types.ts";

/** What can be closed. Both sides' objects are. */
export interface Closable {
  close(options?: CallOptions): Promise<void>;
}

/**
 * The scope of one object: what it has made and what it holds. It ends in two steps, close and free, because the call that
 * closes an object often comes over a connection that the object holds.
 */
export interface ObjectScope extends Closable {
  readonly closed: boolean;
  /**
   * Ends `child` before this object closes, unless `child` has already ended.
   * @throws Error when this object has closed
   */
  adopt(child: ObjectScope): void;
  /** Frees `held` after this object has closed, or at once when the scope has already been freed. */
  hold(held: AsyncDisposable): void;
  /**
   * Ends the children, then closes the object. Happens once: later calls get the outcome of the first.
   * @throws what the object's `close` throws, together with the errors of the children
   */
  close(options?: CallOptions): Promise<void>;
  /** Frees what is held. To be called after `close`; never rejects. */
  free(): Promise<void>;
}

/** @param object what is closed when the scope ends */
export function createObjectScope(object: Closable): ObjectScope {
  const children = new Set<ObjectScope>();
  const held: AsyncDisposable[] = [];
  let closing: Promise<void> | undefined;
  let freed = false;

  async function closeAll(options?: CallOptions) {
    const ends = await Promise.allSettled([...children].map((child) => endObjectScope(child, options)));
    ends.push(...(await Promise.allSettled([object.close(options)])));
    const errors = ends.flatMap((end) => (end.status === "rejected" ? [end.reason] : []));
    if (errors.length > 1) throw new AggregateError(errors, errors.map(errorText).join("; "));
    if (errors.length === 1) throw errors[0];
  }

  return {
    get closed() {
      return closing !== undefined;
    },
    adopt(child) {
      if (closing !== undefined) throw new Error("Cannot make a new object: its maker has been closed");
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
      // The object that used it has ended, so there is no receiver for an error.
      await Promise.allSettled(held.splice(0).map(async (disposable) => disposable[Symbol.asyncDispose]()));
    },
  };
}

/** Closes and frees. Frees even when closing fails. */
export async function endObjectScope(scope: ObjectScope, options?: CallOptions): Promise<void> {
  try {
    await scope.close(options);
  } finally {
    await scope.free();
  }
}

/** How long a connection stays open for the answer to the call that closed its object, in milliseconds. */
const answerLingerMs = 100;

/**
 * Closes a scope for a call that may have come over a connection that the scope holds. Frees the connection a little after
 * the call: a handler cannot see when its answer is sent, and freeing the connection sooner would cut the answer off.
 * @param call the handler's signal, which aborts when the handler is done
 */
export async function closeByCall(scope: ObjectScope, call: AbortSignal, options: CallOptions): Promise<void> {
  try {
    await scope.close(options);
  } finally {
    void aborted(call)
      .then(() => sleep(answerLingerMs))
      .then(() => scope.free());
  }
}
