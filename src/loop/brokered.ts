/** Handing LOOP objects over a broker: serving what was made, dialling what was offered. */
import { Code, ConnectError } from "@connectrpc/connect";
import { type Broker, defaultDialTimeoutMs } from "../../transports/broker.ts";
import { textWithoutCode } from "../../transports/calls/errors.ts";
import { ignore, untilAbortedOnce } from "../../transports/calls/iterables.ts";
import type { Connection, Routes } from "../../transports/connection.ts";
import { prefixed } from "./errors.ts";
import { type Closable, createLifetime, endLifetime, type Lifetime } from "./lifetime.ts";
import type { CallOptions } from "./types.ts";

/**
 * Serves an object that was made for a caller, until it is closed: by a call, or together with its maker.
 * @param maker the lifetime of what made it
 * @param options the caller's: an object for which nobody waits any more is closed again
 * @param uses connections that the object was given, freed with it from now on
 * @returns the broker's id
 * @throws Error when the maker has been closed meanwhile; the object is closed then
 */
export async function serveObject<T extends Closable>(
  broker: Broker,
  maker: Lifetime,
  object: T,
  routes: (object: T, lifetime: Lifetime) => Routes,
  options: CallOptions,
  uses?: AsyncDisposableStack,
): Promise<number> {
  const lifetime = createLifetime(object);
  if (uses !== undefined) lifetime.hold(uses.move());
  try {
    maker.adopt(lifetime);
    const server = await broker.serve(routes(object, lifetime));
    lifetime.hold(server);
    if (lifetime.closed) throw new Error("Cannot serve a new object: it has been closed meanwhile");
    options.signal?.throwIfAborted();
    return server.id;
  } catch (error) {
    await endLifetime(lifetime).catch(ignore);
    throw error;
  }
}

/**
 * The client of an object that the other side made for this one: closing it also frees what was dialled and served for it,
 * and it closes together with what made it.
 * @throws Error when the maker has been closed meanwhile
 */
export async function ownObject<T extends Closable>(client: T, maker: Lifetime, held: AsyncDisposable): Promise<T> {
  const lifetime = createLifetime(client);
  lifetime.hold(held);
  try {
    maker.adopt(lifetime);
  } catch (error) {
    await endLifetime(lifetime).catch(ignore);
    throw error;
  }
  return { ...client, close: (options) => endLifetime(lifetime, options) };
}

/**
 * Dials what the other side offers.
 * @param kind what is expected there, for messages, such as `Keystore`
 * @throws RangeError for the id 0, which means that nothing is offered
 * @throws ConnectError when nothing is served under `id` in time, with chainlink-common's text; the signal's reason
 */
export async function dialObject(
  broker: Broker,
  kind: string,
  id: number,
  options: CallOptions = {},
): Promise<Connection> {
  const failed = `failed to dial ${kind} client connection ${id}`;
  if (id === 0) throw new RangeError(`${failed}: the other side offers none`);
  options.signal?.throwIfAborted();
  const { timeoutMs = defaultDialTimeoutMs } = options;
  const dialled = broker.dial(id, { timeoutMs: Math.min(timeoutMs, defaultDialTimeoutMs) });
  try {
    return await untilAbortedOnce(dialled, options.signal);
  } catch (error) {
    // It may still come, too late.
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
