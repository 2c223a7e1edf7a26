/** Passes LOOP objects over a broker: serves what was made, dials what was offered. */
import { Code, ConnectError } from "@connectrpc/connect";
import { type Broker, defaultDialTimeoutMs } from "../../transports/broker.ts";
import { textWithoutCode } from "../../transports/calls/connect-error.ts";
import { ignore, untilAbortedOnce } from "../../transports/calls/iterables.ts";
import type { Connection, Routes } from "../../transports/connection.ts";
import { prefixed } from "./errors.ts";
import { type Closable, createObjectScope, endObjectScope, type ObjectScope } from "./object-scope.ts";
import type { CallOptions } from "./types.ts";

/**
 * Serves an object that was made for a caller until it is closed, by a call or together with its maker.
 * @param maker the scope of the object that made it
 * @param options the caller's options: when the caller has given up, the object is closed again
 * @param uses connections that the object uses; they are freed together with it
 * @returns the broker id
 * @throws Error when the maker has been closed meanwhile; the object is then closed too
 */
export async function serveObject<T extends Closable>(
  broker: Broker,
  maker: ObjectScope,
  object: T,
  routes: (object: T, scope: ObjectScope) => Routes,
  options: CallOptions,
  uses?: AsyncDisposableStack,
): Promise<number> {
  const scope = createObjectScope(object);
  if (uses !== undefined) scope.hold(uses.move());
  try {
    maker.adopt(scope);
    const server = await broker.serve(routes(object, scope));
    scope.hold(server);
    if (scope.closed) throw new Error("Cannot serve a new object: it was closed before it was served");
    options.signal?.throwIfAborted();
    return server.id;
  } catch (error) {
    await endObjectScope(scope).catch(ignore);
    throw error;
  }
}

/**
 * The client of an object that the other side made for this one. Closing the client also frees what was dialled and served
 * for it; it closes together with its maker.
 * @throws Error when the maker has been closed meanwhile
 */
export async function ownObject<T extends Closable>(client: T, maker: ObjectScope, held: AsyncDisposable): Promise<T> {
  const scope = createObjectScope(client);
  scope.hold(held);
  try {
    maker.adopt(scope);
  } catch (error) {
    await endObjectScope(scope).catch(ignore);
    throw error;
  }
  return { ...client, close: (options) => endObjectScope(scope, options) };
}

/**
 * Dials an object that the other side offers.
 * @param kind what is expected there, for error messages, such as `Keystore`
 * @throws RangeError for the id 0, which means that nothing is offered
 * @throws ConnectError with chainlink-common's text when nothing is served under `id` in time
 * @throws the reason of the signal when it aborts
 */
export async function dialObject(
  broker: Broker,
  kind: string,
  id: number,
  options: CallOptions = {},
): Promise<Connection> {
  const failed = `failed to dial ${kind} client connection ${id}`;
  if (id === 0) throw new RangeError(`${failed}: the other side offers no ${kind}`);
  options.signal?.throwIfAborted();
  const { timeoutMs = defaultDialTimeoutMs } = options;
  const dialled = broker.dial(id, { timeoutMs: Math.min(timeoutMs, defaultDialTimeoutMs) });
  try {
    return await untilAbortedOnce(dialled, options.signal);
  } catch (error) {
    // The connection may still open, too late.
    dialled.then((connection) => connection[Symbol.asyncDispose]()).catch(ignore);
    if (options.signal?.aborted) throw error;
    if (timeoutMs < defaultDialTimeoutMs && error instanceof ConnectError && error.code === Code.Unavailable) {
      throw new ConnectError(
        `${failed}: ${textWithoutCode(error)}`,
        Code.DeadlineExceeded,
        undefined,
        undefined,
        error,
      );
    }
    throw prefixed(failed, error);
  }
}
