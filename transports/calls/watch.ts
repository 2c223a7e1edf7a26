/** Sees the end of a call without being in its way. */
import { Code, ConnectError } from "@connectrpc/connect";
import type { StreamReply, UnaryReply } from "../connection.ts";
import { asConnectError } from "./connect-error.ts";

/** Called once when the call has ended, whatever ends it. */
export type OnEnd = (error?: ConnectError) => void;

/** The same reply. @param onEnd must not throw */
export function watchUnary<T>(reply: Promise<UnaryReply<T>>, onEnd: OnEnd): Promise<UnaryReply<T>> {
  reply.then(
    () => onEnd(),
    (error: unknown) => onEnd(asConnectError(error)),
  );
  return reply;
}

/**
 * A stream ends with its last message, or when it breaks, or its reader leaves.
 * @param onEnd must not throw
 * @param onMessage called for each message that is read
 */
export function watchStream<T>(reply: StreamReply<T>, onEnd: OnEnd, onMessage?: () => void): StreamReply<T> {
  if (reply.ended === undefined) return watchMessages(reply, onMessage, onEnd);
  reply.ended.then(
    () => onEnd(),
    (error: unknown) => onEnd(asConnectError(error)),
  );
  return onMessage === undefined ? reply : watchMessages(reply, onMessage);
}

function watchMessages<T>(reply: StreamReply<T>, onMessage?: () => void, onEnd?: OnEnd): StreamReply<T> {
  let hasEnded = false;
  const end = (error?: ConnectError) => {
    if (hasEnded) return;
    hasEnded = true;
    onEnd?.(error);
  };
  const fail = (error: unknown) => end(asConnectError(error));
  const see = ({ done }: IteratorResult<T>) => {
    if (done) end();
    else onMessage?.();
  };
  const { header, trailer, ended } = reply;
  // One that is not read to its end, too.
  trailer.catch(fail);
  return {
    header,
    trailer,
    ended,
    output: {
      [Symbol.asyncIterator]() {
        const iterator = reply.output[Symbol.asyncIterator]();
        return {
          next() {
            const next = iterator.next();
            next.then(see, fail);
            return next;
          },
          async return() {
            end(new ConnectError("the caller stopped reading", Code.Canceled));
            await iterator.return?.();
            return { done: true, value: undefined };
          },
        };
      },
    },
  };
}
