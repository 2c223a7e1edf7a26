/** A call of any shape, as its server has it. */
import type { ConnectError } from "@connectrpc/connect";
import { callEnded, ignore } from "../calls/iterables.ts";
import type { StreamCall, StreamReply } from "../connection.ts";
import type { Http2Stream } from "../http2/connection.ts";
import { IncomingMessages } from "./incoming.ts";
import { type Answering, IncomingCall } from "./incoming-call.ts";
import { OutgoingMessages } from "./outgoing.ts";
import type { Request } from "./request.ts";

export class IncomingStreamCall extends IncomingCall implements StreamCall<Uint8Array> {
  readonly input: IncomingMessages;
  #outgoing: OutgoingMessages | undefined = undefined;

  constructor(answering: Answering, stream: Http2Stream, request: Request) {
    super(answering, stream, request);
    // What a handler does not read gets no credit, and its caller waits for the answer.
    this.input = new IncomingMessages(answering.maxMessageBytes, ignore);
    this.input.begin(stream, request.isCompressing);
  }

  /** Hands it to the handler, before its messages have come. */
  begin(): void {
    void this.#answer(this.answering.carrier.stream(this));
  }

  async #answer({ header, output, trailer }: StreamReply<Uint8Array>): Promise<void> {
    try {
      const sendHeader = async () => this.sendHeader(await header);
      // Before the first message, which may be long in coming.
      sendHeader().catch(ignore);
      const outgoing = new OutgoingMessages(output);
      this.#outgoing = outgoing;
      if (!(await outgoing.writeTo(this.stream, sendHeader))) return;
      await sendHeader();
      this.sendStatus(await trailer);
    } catch (thrown) {
      this.#outgoing?.stop();
      this.sendError(thrown);
    }
    this.input.abort(callEnded);
  }

  protected receive(buffer: Uint8Array, start: number, end: number): void {
    this.input.push(buffer, start, end);
  }

  protected onWhole(): void {
    this.input.end();
  }

  onWritable(): void {
    this.#outgoing?.onWritable();
  }

  protected onCut(error: ConnectError): void {
    this.#outgoing?.stop();
    this.input.abort(error);
  }
}
