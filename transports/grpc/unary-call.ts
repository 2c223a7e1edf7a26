/** A call with one message each way, as its caller has it: one promise, and this object. */
import type { ConnectError } from "@connectrpc/connect";
import { withMetadata } from "../calls/connect-error.ts";
import { noMetadata } from "../calls/metadata.ts";
import type { Metadata, UnaryCall, UnaryReply } from "../connection.ts";
import type { Http2Client, Http2Stream } from "../http2/connection.ts";
import { prefixOf } from "./envelope.ts";
import { OneMessage } from "./one-message.ts";
import { type Calling, OutgoingCall } from "./outgoing-call.ts";
import type { RequestFields } from "./request.ts";

export class OutgoingUnaryCall extends OutgoingCall {
  readonly #request: Uint8Array;
  readonly #resolve: (reply: UnaryReply<Uint8Array>) => void;
  readonly #reject: (error: ConnectError) => void;
  readonly #body: OneMessage;

  constructor(
    calling: Calling,
    call: UnaryCall<Uint8Array>,
    resolve: (reply: UnaryReply<Uint8Array>) => void,
    reject: (error: ConnectError) => void,
  ) {
    super(calling, call);
    this.#request = call.message;
    this.#body = new OneMessage(call.path, "response", calling.maxMessageBytes);
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
    this.#body.push(buffer, start, end);
  }

  protected succeed(header: Metadata, trailer: Metadata): void {
    const message = this.#body.take(this.response?.isCompressing === true);
    if (!(message instanceof Promise)) return this.#resolve({ message, header, trailer });
    message.then(
      (whole) => this.#resolve({ message: whole, header, trailer }),
      (error) => this.fail(error, header),
    );
  }

  protected fail(error: ConnectError, header: Metadata): void {
    this.#reject(header === noMetadata ? error : withMetadata(error, header));
  }
}
