/** A call with one message each way, as its server has it. */
import type { ConnectError } from "@connectrpc/connect";
import { wrongCardinality } from "../calls/errors.ts";
import type { UnaryCall, UnaryReply } from "../connection.ts";
import { decompress, unnamedCompression } from "./compression.ts";
import { EnvelopeReader, prefixOf, soleMessage } from "./envelope.ts";
import { IncomingCall } from "./incoming-call.ts";

export class IncomingUnaryCall extends IncomingCall implements UnaryCall<Uint8Array> {
  #reader: EnvelopeReader | undefined = undefined;
  #message: Uint8Array | undefined = undefined;
  #isCompressed = false;

  /** Of the request, once it is whole: it is handed to the handler only then. */
  get message(): Uint8Array {
    return this.#message as Uint8Array;
  }

  protected receive(buffer: Uint8Array, start: number, end: number): void {
    // There is room for one message, and its length is checked.
    this.stream.taken(end - start);
    const { maxMessageBytes } = this.answering;
    if (this.#reader === undefined && this.#message === undefined) {
      this.#message = soleMessage(buffer, start, end, maxMessageBytes);
      if (this.#message !== undefined) return;
    }
    this.#reader ??= new EnvelopeReader(maxMessageBytes, this.#onMessage);
    this.#reader.push(buffer, start, end);
  }

  readonly #onMessage = (message: Uint8Array, isCompressed: boolean): void => {
    if (this.#message !== undefined) throw wrongCardinality(this.path, "a second", "request");
    if (isCompressed && !this.request.isCompressing) throw unnamedCompression();
    this.#message = message;
    this.#isCompressed = isCompressed;
  };

  protected onWhole(): void {
    this.#reader?.end();
    if (this.#message === undefined) throw wrongCardinality(this.path, "no", "request");
    if (!this.#isCompressed) return this.#answer();
    decompress(this.#message, this.answering.maxMessageBytes).then(
      (message) => {
        this.#message = message;
        if (!this.isOver) this.#answer();
      },
      (error: ConnectError) => this.cut(error),
    );
  }

  #answer(): void {
    this.answering.carrier.unary(this).then(
      (reply) => this.#reply(reply),
      (error: unknown) => this.sendError(error),
    );
  }

  #reply({ header, message, trailer }: UnaryReply<Uint8Array>): void {
    if (this.isOver) return;
    try {
      this.sendHeader(header);
    } catch (error) {
      return this.sendError(error);
    }
    this.stream.write(message, false, prefixOf(message));
    this.sendStatus(trailer);
  }

  protected onCut(): void {}
}
