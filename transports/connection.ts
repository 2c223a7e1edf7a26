/**
 * What calls go over: a connection, and a call before and after it is answered. It is the same for a plugin's main connection and for
 * brokered ones, on every transport. A call has two shapes all the way down to the wire: a unary one is one message each way and one
 * promise, and everything else is a stream.
 */
import type { DescMethod, Message } from "@bufbuild/protobuf";
import type { ConnectRouter, Transport } from "@connectrpc/connect";

/** What calls go over: a plugin's main connection or a brokered one, the same shape. */
export interface Connection extends AsyncDisposable {
  /** For typed calls: give it to Connect's `createClient`. Made when it is first asked for. */
  readonly transport: Transport;
  /** For calls of which only the bytes are known. `broker.serve(connection.bytes)` is a complete proxy. */
  readonly bytes: Carrier<Uint8Array>;
  /** What typed calls go over: messages as they are (in-process), or the bytes with a codec before them. */
  readonly messages: Carrier<Message>;
}

/** Registers services, as everywhere in Connect. */
export type Routes = (router: ConnectRouter) => void;

/**
 * Brings calls to the other side, or answers them. `T` is a message, or a message's bytes. It never throws: what is wrong is in the
 * promises.
 */
export interface Carrier<T> {
  /** One message each way. Rejects with a ConnectError whose metadata are headers and trailers. */
  unary(call: UnaryCall<T>): Promise<UnaryReply<T>>;
  /**
   * The other three shapes, and calls whose shape is not known, as a proxy has them. Under way when it returns, whether or not its
   * answer is read.
   */
  stream(call: StreamCall<T>): StreamReply<T>;
  /** Whether a path's method is unary; undefined where that is not known. Of a carrier that answers by itself. */
  isUnary?(path: string): boolean | undefined;
}

/** What answers calls by their messages, and so knows the methods. */
export interface Answers extends Carrier<Message> {
  /** The method of `/package.Service/Method`; undefined where there is none. */
  methodOf(path: string): DescMethod | undefined;
  isUnary(path: string): boolean | undefined;
}

/** What is known of a call beside its messages. */
export interface Called {
  /** `/package.Service/Method` */
  readonly path: string;
  /** Where the caller knows it. */
  readonly method?: DescMethod | undefined;
  /** The caller's metadata, without the transport's own fields (timeout, content type). */
  readonly metadata: Metadata;
  /** When the call is over for its caller, in milliseconds on the clock of `performance.now()`; undefined: never. */
  readonly deadline?: number | undefined;
  /**
   * Aborts when the caller gives up or its deadline passes; the reason is a ConnectError. Undefined: never. A carrier ends what it has of
   * the call then, at once.
   */
  readonly signal?: CallSignal | undefined;
}

/** A call with one message each way, before it is answered. */
export interface UnaryCall<T> extends Called {
  readonly message: T;
}

/** A call of any of the four shapes, before it is answered. */
export interface StreamCall<T> extends Called {
  readonly input: AsyncIterable<T>;
}

export interface UnaryReply<T> {
  readonly message: T;
  readonly header: Metadata;
  readonly trailer: Metadata;
}

/**
 * The answer to a call. An error status is a ConnectError thrown by `output`, its metadata the trailers; `header` and
 * `trailer` reject with the same error when they never came. They need not be awaited.
 */
export interface StreamReply<T> {
  readonly header: Promise<Metadata>;
  readonly output: AsyncIterable<T>;
  readonly trailer: Promise<Metadata>;
  /**
   * Of the replies of a connection: settles when the call is over for its caller, which is when its last message was read, or when it
   * ended early, with the error. It need not be awaited.
   */
  readonly ended?: Promise<void> | undefined;
}

/**
 * Names, in lower case, and values by turns. Values of names that end in "-bin" are base64, as in Connect. Never changed: an empty one is
 * shared by all (`noMetadata` in calls/metadata.ts).
 */
export type Metadata = readonly string[];

/**
 * The part of an AbortSignal that carriers use. An AbortSignal is one, and so is a signal that costs nothing until something listens
 * (calls/call-signal.ts).
 */
export interface CallSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: "abort", listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: "abort", listener: () => void): void;
}
