/** A call of any shape, as its caller has it. */
import type { ConnectError } from "@connectrpc/connect";
import { errorFromHandler } from "../calls/errors.ts";
import { callEnded, ignore } from "../calls/iterables.ts";
import type { Metadata, StreamCall, StreamReply } from "../connection.ts";
import type { Http2Client, Http2Stream } from "../http2/connection.ts";
import { IncomingMessages } from "./incoming.ts";
import { OutgoingMessages } from "./outgoing.ts";
import { type Calling, OutgoingCall } from "./outgoing-call.ts";
import type { RequestFields } from "./request.ts";

const nothing = new Uint8Array();

export class OutgoingStreamCall extends OutgoingCall {
  readonly reply: StreamReply<Uint8Array>;
  readonly #header = Promise.withResolvers<Metadata>();
  readonly #trailer = Promise.withResolvers<Metadata>();
  readonly #input: AsyncIterable<Uint8Array>;
  readonly #incoming: IncomingMessages;
  #outgoing: OutgoingMessages | undefined = undefined;
  #isWritten = false;

  constructor(calling: Calling, call: StreamCall<Uint8Array>) {
    super(calling, call);
    this.#input = call.input;
    this.#incoming = new IncomingMessages(calling.maxMessageBytes, () => this.giveUp(callEnded));
    this.#header.promise.catch(ignore);
    this.#trailer.promise.catch(ignore);
    this.reply = { header: this.#header.promise, output: this.#incoming, trailer: this.#trailer.promise };
  }

  protected send(connection: Http2Client, { fields, more }: RequestFields): Http2Stream {
    const outgoing = new OutgoingMessages(this.#input);
    this.#outgoing = outgoing;
    const stream = connection.request(fields, more, false, this);
    outgoing.writeTo(stream).then(
      (isWhole) => {
        if (!isWhole || this.isOver) return;
        this.#isWritten = true;
        this.isSent = stream.write(nothing, true);
      },
      (thrown) => this.giveUp(errorFromHandler(thrown)),
    );
    return stream;
  }

  onWritable(): void {
    this.isSent = this.#isWritten;
    this.#outgoing?.onWritable();
  }

  protected onResponse(header: Metadata): void {
    this.#incoming.begin(this.stream, this.response?.isCompressing === true);
    this.#header.resolve(header);
  }

  protected receive(buffer: Uint8Array, start: number, end: number): void {
    this.#incoming.push(buffer, start, end);
  }

  protected succeed(header: Metadata, trailer: Metadata): void {
    this.#outgoing?.stop();
    this.#incoming.end();
    this.#header.resolve(header);
    this.#trailer.resolve(trailer);
  }

  protected fail(error: ConnectError): void {
    this.#outgoing?.stop();
    if (this.call.signal?.aborted) this.#incoming.abort(error);
    else this.#incoming.fail(error);
    this.#header.reject(error);
    this.#trailer.reject(error);
  }
}
