/**
 * The broker: how host and plugin offer each other further connections. One side serves and gets a number, the number
 * travels in any message, the other side dials it. The idea and the name are go-plugin's; it works the same on every
 * transport and in both directions.
 */
import type { ConnectRouter } from "@connectrpc/connect";
import type { Connection } from "./transport.ts";

export interface Broker {
  /**
   * Offers services to the other side. The id is known over there when this resolves; it counts per side from 1, so
   * the same number may be in use in both directions.
   */
  serve(what: Routes | ByteHandler): Promise<BrokeredServer>;
  /**
   * Connects to what the other side serves under `id`, waiting for it to be announced. An id can be dialled as often
   * as one likes while it is served.
   * @param options.timeoutMs default 5000, as go-plugin
   * @throws ConnectError Unavailable when nothing is served under that id in time
   */
  dial(id: number, options?: { timeoutMs?: number }): Promise<Connection>;
}

export interface BrokeredServer extends AsyncDisposable {
  readonly id: number;
}

/** Registers services, as everywhere in Connect. */
export type Routes = (router: ConnectRouter) => void;

/** Answers calls of which only the bytes are known. A call is under way when `call` returns, whether or not somebody reads it. */
export interface ByteHandler {
  call(call: Call<Uint8Array>): CallResponse<Uint8Array>;
}

/** One call of any of the four shapes, before it is answered. `T` is a message, or a message's bytes. */
export interface Call<T> {
  /** `/package.Service/Method` */
  readonly path: string;
  /** The caller's metadata, without the transport's own fields (timeout, content type). */
  readonly header: Headers;
  /** What was left of the caller's deadline when the call was made, in milliseconds. */
  readonly timeoutMs?: number | undefined;
  /** Aborts when the caller gives up or its deadline passes; the reason is a ConnectError. */
  readonly signal: AbortSignal;
  readonly input: AsyncIterable<T>;
}

/**
 * The answer to a call. An error status is a ConnectError thrown by `output`, its metadata the trailers; `header` and
 * `trailer` reject with the same error when they never came. Nobody has to await them.
 */
export interface CallResponse<T> {
  readonly header: Promise<Headers>;
  readonly output: AsyncIterable<T>;
  readonly trailer: Promise<Headers>;
}

/** How long {@link Broker.dial} waits by default, in milliseconds. */
export const defaultDialTimeoutMs = 5000;
