/** A call with one message each way, as its server has it. */
import type { ConnectError } from "@connectrpc/connect";
import type { UnaryCall, UnaryReply } from "../connection.ts";
import { prefixOf } from "./envelope.ts";
import { IncomingCall } from "./incoming-call.ts";
import { OneMessage } from "./one-message.ts";

export class IncomingUnaryCall extends IncomingCall implements UnaryCall<Uint8Array> {
  readonly #body = new OneMessage(this.path, "request", this.answering.maxMessageBytes);
  #message: Uint8Array | undefined = undefined;

  /** Of the request, once it is whole: it is handed to the handler only then. */
  get message(): Uint8Array {
    return this.#message as Uint8Array;
  }

  protected receive(buffer: Uint8Array, start: number, end: number): void {
    // There is room for one message, and its length is checked.
    this.stream.taken(end - start);
    this.#body.push(buffer, start, end);
  }

  protected onWhole(): void {
    const message = this.#body.take(this.request.isCompressing);
    if (!(message instanceof Promise)) return this.#answer(message);
    message.then(
      (whole) => {
        if (!this.isOver) this.#answer(whole);
      },
      (error: ConnectError) => this.cut(error),
    );
  }

  #answer(message: Uint8Array): void {
    this.#message = message;
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
