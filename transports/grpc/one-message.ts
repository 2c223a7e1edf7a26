/** The one message that a side of a unary call has, which mostly comes in one piece. */
import { wrongCardinality } from "../calls/errors.ts";
import { decompress, unnamedCompression } from "./compression.ts";
import { EnvelopeReader, soleMessage } from "./envelope.ts";

export class OneMessage {
  readonly #path: string;
  readonly #side: "request" | "response";
  readonly #maxMessageBytes: number;
  #reader: EnvelopeReader | undefined = undefined;
  #message: Uint8Array | undefined = undefined;
  #isCompressed = false;

  constructor(path: string, side: "request" | "response", maxMessageBytes: number) {
    this.#path = path;
    this.#side = side;
    this.#maxMessageBytes = maxMessageBytes;
  }

  /** A piece of the body has come. @throws ConnectError for one that is not in order */
  push(buffer: Uint8Array, start: number, end: number): void {
    if (this.#reader === undefined && this.#message === undefined) {
      this.#message = soleMessage(buffer, start, end, this.#maxMessageBytes);
      if (this.#message !== undefined) return;
    }
    this.#reader ??= new EnvelopeReader(this.#maxMessageBytes, (message, isCompressed) => {
      if (this.#message !== undefined) throw wrongCardinality(this.#path, "a second", this.#side);
      this.#message = message;
      this.#isCompressed = isCompressed;
    });
    this.#reader.push(buffer, start, end);
  }

  /**
   * All of the body has come.
   * @param mayBeCompressed whether its fields name a compression
   * @returns the message: at once, but for a compressed one
   * @throws ConnectError for a body that is not one whole message
   */
  take(mayBeCompressed: boolean): Uint8Array | Promise<Uint8Array> {
    this.#reader?.end();
    if (this.#message === undefined) throw wrongCardinality(this.#path, "no", this.#side);
    if (!this.#isCompressed) return this.#message;
    if (!mayBeCompressed) throw unnamedCompression();
    return decompress(this.#message, this.#maxMessageBytes);
  }
}
