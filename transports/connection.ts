/**
 * What calls go over: a connection, and a call before and after it is answered. It is the same for a plugin's main connection and for
 * brokered ones, on every transport.
 */
import type { ConnectRouter, Transport } from "@connectrpc/connect";

/** What calls go over: a plugin's main connection or a brokered one, the same shape. */
export interface Connection extends AsyncDisposable {
  /** For typed calls: give it to Connect's `createClient`. */
  readonly transport: Transport;
  /** For calls of which only the bytes are known. `broker.serve(connection.bytes)` is a complete proxy. */
  readonly bytes: ByteHandler;
}

/** Registers services, as everywhere in Connect. */
export type Routes = (router: ConnectRouter) => void;

/** Answers calls of which only the bytes are known. A call is under way when `call` returns, whether or not its answer is read. */
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
 * `trailer` reject with the same error when they never came. They need not be awaited.
 */
export interface CallResponse<T> {
  readonly header: Promise<Headers>;
  readonly output: AsyncIterable<T>;
  readonly trailer: Promise<Headers>;
}
