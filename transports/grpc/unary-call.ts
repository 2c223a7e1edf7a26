/** A call with one message each way, as its caller has it: one promise, and this object. */
import type { ConnectError } from "@connectrpc/connect";
import { withMetadata } from "../calls/connect-error.ts";
import { wrongCardinality } from "../calls/errors.ts";
import { noMetadata } from "../calls/metadata.ts";
import type { Metadata, UnaryCall, UnaryReply } from "../connection.ts";
import type { Http2Client, Http2Stream } from "../http2/connection.ts";
import { decompress, unnamedCompression } from "./compression.ts";
import { EnvelopeReader, prefixOf, soleMessage } from "./envelope.ts";
import { type Calling, OutgoingCall } from "./outgoing-call.ts";
import type { RequestFields } from "./request.ts";

export class OutgoingUnaryCall extends OutgoingCall {
  readonly #request: Uint8Array;
  readonly #resolve: (reply: UnaryReply<Uint8Array>) => void;
  readonly #reject: (error: ConnectError) => void;
  #reader: EnvelopeReader | undefined = undefined;
  #message: Uint8Array | undefined = undefined;
  #isCompressed = false;

  constructor(
    calling: Calling,
    call: UnaryCall<Uint8Array>,
    resolve: (reply: UnaryReply<Uint8Array>) => void,
    reject: (error: ConnectError) => void,
  ) {
    super(calling, call);
    this.#request = call.message;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  protected send(connection: Http2Client, { fields, more }: RequestFields): Http2Stream {
    const message = this.#request;
    const stream = connection.request(fields, more, false, this);
    this.isSent = stream.write(message, true, prefixOf(message));
    return stream;
  }

  onWritable(): void {
    this.isSent = true;
  }

  protected onResponse(): void {}

  protected receive(buffer: Uint8Array, start: number, end: number): void {
    // There is room for one message, and its length is checked.
    this.stream?.taken(end - start);
    const { maxMessageBytes } = this.calling;
    if (this.#reader === undefined && this.#message === undefined) {
      this.#message = soleMessage(buffer, start, end, maxMessageBytes);
      if (this.#message !== undefined) return;
    }
    this.#reader ??= new EnvelopeReader(maxMessageBytes, this.#onMessage);
    this.#reader.push(buffer, start, end);
  }

  readonly #onMessage = (message: Uint8Array, isCompressed: boolean): void => {
    if (this.#message !== undefined) throw wrongCardinality(this.call.path, "a second", "response");
    if (isCompressed && !this.response?.isCompressing) throw unnamedCompression();
    this.#message = message;
    this.#isCompressed = isCompressed;
  };

  protected succeed(header: Metadata, trailer: Metadata): void {
    this.#reader?.end();
    const message = this.#message;
    if (message === undefined) throw wrongCardinality(this.call.path, "no", "response");
    if (!this.#isCompressed) return this.#resolve({ message, header, trailer });
    decompress(message, this.calling.maxMessageBytes).then(
      (whole) => this.#resolve({ message: whole, header, trailer }),
      (error) => this.fail(error, header),
    );
  }

  protected fail(error: ConnectError, header: Metadata): void {
    this.#reject(header === noMetadata ? error : withMetadata(error, header));
  }
}
