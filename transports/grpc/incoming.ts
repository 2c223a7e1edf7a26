/** The messages of one stream, as they wait for their reader. */
import type { ConnectError } from "@connectrpc/connect";
import { createInbox, type Inbox } from "../calls/inbox.ts";
import type { Http2Stream } from "../http2/connection.ts";
import { takeTurn } from "../time/turn.ts";
import { decompress, unnamedCompression } from "./compression.ts";
import { EnvelopeReader, prefixBytes } from "./envelope.ts";

/** A message that the peer has compressed. */
class Compressed {
  readonly message: Uint8Array;
  constructor(message: Uint8Array) {
    this.message = message;
  }
}

type Piece = Uint8Array | Compressed;

/**
 * The peer gets credit for what the reader has taken. Of a message that is not whole it gets credit as long as none waits before it: it may
 * be longer than what the peer may have under way.
 */
export class IncomingMessages implements AsyncIterableIterator<Uint8Array> {
  readonly #maxMessageBytes: number;
  readonly #reader: EnvelopeReader;
  readonly #inbox: Inbox<Piece>;
  #stream: Http2Stream | undefined = undefined;
  /** Whether the peer has said that it compresses; undefined before it has said anything. */
  #isCompressing: boolean | undefined = undefined;
  /** What has come and was not credited. */
  #owedBytes = 0;

  /** @param onAbandon told when the reader stops before the end */
  constructor(maxMessageBytes: number, onAbandon: () => void) {
    this.#maxMessageBytes = maxMessageBytes;
    this.#reader = new EnvelopeReader(maxMessageBytes, this.#onMessage);
    this.#inbox = createInbox<Piece>({
      sizeOf: (piece) => prefixBytes + (piece instanceof Compressed ? piece.message : piece).length,
      onTake: () => this.#credit(),
      onAbandon,
    });
  }

  begin(stream: Http2Stream | undefined, isCompressing: boolean): void {
    this.#stream = stream;
    this.#isCompressing = isCompressing;
  }

  /** @throws ConnectError for a body that is not in order; what was whole before that can be read */
  push(buffer: Uint8Array, start: number, end: number): void {
    this.#reader.push(buffer, start, end);
    this.#owedBytes += end - start;
    this.#credit();
  }

  readonly #onMessage = (message: Uint8Array, isCompressed: boolean): void => {
    if (isCompressed && !this.#isCompressing) throw unnamedCompression();
    this.#inbox.push(isCompressed ? new Compressed(message) : message);
  };

  #credit(): void {
    const { waiting } = this.#inbox;
    const kept = waiting === 0 ? 0 : waiting + this.#reader.partialBytes;
    const bytes = this.#owedBytes - kept;
    if (bytes <= 0) return;
    this.#owedBytes = kept;
    this.#stream?.taken(bytes);
  }

  /** The body has ended. @throws ConnectError for one that ends inside a message */
  end(): void {
    this.#reader.end();
    this.#inbox.end();
  }

  /** No more messages: the reader sees those that wait, then the error. */
  fail(error: ConnectError): void {
    this.#inbox.end(error);
  }

  /** The reader sees the error at once. */
  abort(error: ConnectError): void {
    this.#inbox.abort(error);
  }

  next(): Promise<IteratorResult<Uint8Array>> {
    // A piece of the wire may hold thousands.
    const turn = takeTurn();
    return turn === undefined ? this.#take() : turn.then(() => this.#take());
  }

  #take(): Promise<IteratorResult<Uint8Array>> {
    const next = this.#inbox.values.next();
    if (this.#isCompressing === false) return next as Promise<IteratorResult<Uint8Array>>;
    return next.then(async (result) => {
      if (result.done || !(result.value instanceof Compressed)) return result as IteratorResult<Uint8Array>;
      return { done: false, value: await decompress(result.value.message, this.#maxMessageBytes) };
    });
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    await this.#inbox.values.return?.();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
