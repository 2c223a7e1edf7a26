/** gRPC's length-prefixed messages: one byte of flags, four of length, the message. */
import { Code, ConnectError } from "@connectrpc/connect";
import { checkSize } from "../calls/codec.ts";

export const prefixBytes = 5;
const compressedFlag = 1;

/** From this size on a message is handed over as the part of the buffer that it came in. */
const largeBytes = 32 * 1024;

/** So much is reserved for a message that has begun to come; more when more of it is there. An announced length costs no more. */
const firstPieceBytes = 64 * 1024;

const prefix = new Uint8Array(prefixBytes);

/** What goes before a message. It is the same array each time, with other bytes: whoever keeps it copies it. */
export function prefixOf(message: Uint8Array): Uint8Array {
  const { length } = message;
  prefix[1] = length >>> 24;
  prefix[2] = length >>> 16;
  prefix[3] = length >>> 8;
  prefix[4] = length;
  return prefix;
}

/** A message with what goes before it. */
export function envelope(message: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(prefixBytes + message.length);
  bytes.set(prefixOf(message));
  bytes.set(message, prefixBytes);
  return bytes;
}

/** The message of a body that is one whole, plain message and nothing else, as most are; `undefined` for any other. */
export function soleMessage(
  buffer: Uint8Array,
  start: number,
  end: number,
  maxMessageBytes: number,
): Uint8Array | undefined {
  const length = end - start - prefixBytes;
  if (length < 0 || length > maxMessageBytes || buffer[start] !== 0 || lengthAt(buffer, start) !== length) {
    return undefined;
  }
  return copyOf(buffer, start + prefixBytes, end);
}

function lengthAt(bytes: Uint8Array, start: number): number {
  const [first, second, third, fourth] = [bytes[start + 1], bytes[start + 2], bytes[start + 3], bytes[start + 4]];
  return ((first! << 24) | (second! << 16) | (third! << 8) | fourth!) >>> 0;
}

/** A class, as one is made for every call: its methods cost nothing. */
export class EnvelopeReader {
  readonly #maxMessageBytes: number;
  readonly #onMessage: (message: Uint8Array, isCompressed: boolean) => void;
  readonly #prefix = new Uint8Array(prefixBytes);
  #prefixed = 0;
  #flags = 0;
  #length = 0;
  #piece: Uint8Array | undefined;
  #filled = 0;

  constructor(maxMessageBytes: number, onMessage: (message: Uint8Array, isCompressed: boolean) => void) {
    this.#maxMessageBytes = maxMessageBytes;
    this.#onMessage = onMessage;
  }

  /** How much is there of a message that is not whole. */
  get partialBytes(): number {
    return this.#prefixed + this.#filled;
  }

  /**
   * Hands on every message that is whole now. The length is checked before the message is waited for.
   * @param data what is kept of it is copied, or all of it where that is most
   * @throws ConnectError for a message over the limit, and for flags that are none
   */
  push(data: Uint8Array, start = 0, end = data.length): void {
    let at = start;
    while (at < end) {
      if (this.#prefixed < prefixBytes) {
        while (this.#prefixed < prefixBytes && at < end) this.#prefix[this.#prefixed++] = data[at++]!;
        if (this.#prefixed < prefixBytes) return;
        this.#readPrefix();
      }
      at = this.#takeMessage(data, at, end);
    }
  }

  /** @throws ConnectError for a body that ends inside a message */
  end(): void {
    if (this.partialBytes > 0) throw new ConnectError("the stream ended inside a message", Code.Internal);
  }

  #readPrefix(): void {
    const flags = this.#prefix[0]!;
    if (flags !== 0 && flags !== compressedFlag) {
      throw new ConnectError(`got a message with unknown flags (${flags})`, Code.Internal);
    }
    this.#flags = flags;
    this.#length = lengthAt(this.#prefix, 0);
    checkSize(this.#length, this.#maxMessageBytes, "message");
  }

  /** @returns where it has read to */
  #takeMessage(data: Uint8Array, at: number, dataEnd: number): number {
    const end = Math.min(at + this.#length - this.#filled, dataEnd);
    if (end - at === this.#length) {
      this.#finish(copyOf(data, at, end));
      return end;
    }
    const piece = this.#pieceFor(this.#filled + end - at);
    piece.set(data.subarray(at, end), this.#filled);
    this.#filled += end - at;
    if (this.#filled === this.#length) this.#finish(piece);
    return end;
  }

  /** Room for so much of the message. */
  #pieceFor(bytes: number): Uint8Array {
    const before = this.#piece;
    if (before !== undefined && before.length >= bytes) return before;
    const piece = unfilled(Math.min(this.#length, Math.max(firstPieceBytes, 2 * bytes)));
    if (before !== undefined) piece.set(before.subarray(0, this.#filled));
    this.#piece = piece;
    return piece;
  }

  #finish(message: Uint8Array): void {
    this.#prefixed = 0;
    this.#filled = 0;
    this.#piece = undefined;
    this.#onMessage(message, this.#flags === compressedFlag);
  }
}

/**
 * A plain array (a Buffer's `slice` is another), and a copy: a reader may keep a small message, and must not keep the buffer that it
 * came in. A large one is most of that.
 */
function copyOf(data: Uint8Array, at: number, end: number): Uint8Array {
  if (end - at >= largeBytes) return new Uint8Array(data.buffer, data.byteOffset + at, end - at);
  return new Uint8Array(data.subarray(at, end));
}

/** Of no pool, which a small message would keep, and without the zeros of a new array, which cost as much as the copy. */
function unfilled(bytes: number): Uint8Array {
  const { buffer, byteOffset } = Buffer.allocUnsafeSlow(bytes);
  return new Uint8Array(buffer, byteOffset, bytes);
}
