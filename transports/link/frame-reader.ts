/** Reads frames of a peer that may send anything: whatever it is, it is read or refused with a {@link FrameError}. */
import { Code, ConnectError } from "@connectrpc/connect";
import { headersOf, noMetadata } from "../calls/metadata.ts";
import type { Metadata } from "../connection.ts";
import { deadlineAfter } from "../time/deadline.ts";
import {
  brand,
  chunkHeadBytes,
  FrameError,
  frameHeadBytes,
  isMetadataName,
  isMetadataValue,
  mostPaths,
  noLimit,
} from "./frames.ts";

/** What a call begins with. */
export interface Opened {
  readonly path: string;
  /** Which server: 0 is the main one, others are brokered. */
  readonly target: number;
  readonly deadline: number | undefined;
  readonly metadata: Metadata;
}

const numberBytes = 4;
const decoder = new TextDecoder("utf-8", { fatal: true });
const none = new Uint8Array();

/** It stands at one frame of one chunk. What it reads of the frame's payload is read in the payload's order. */
export class FrameReader {
  type = 0;
  stream = 0;
  /** Paths that the peer gave numbers to; the first is number 1. */
  readonly #paths: string[] = [];
  #bytes: Uint8Array = none;
  #at = 0;
  #end = 0;

  /** Stands before the first frame of a chunk. @throws FrameError */
  begin(chunk: Uint8Array): void {
    // Not a Buffer, whose `slice` copies nothing.
    this.#bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
    this.#at = 0;
    this.#end = chunk.length;
    if (chunk.length < chunkHeadBytes || this.number() !== brand) {
      throw new FrameError("Cannot read a chunk: it does not begin with this version's brand");
    }
    this.#end = chunkHeadBytes;
  }

  /** Goes on to the next frame. False: there is none. @throws FrameError */
  next(): boolean {
    const { length } = this.#bytes;
    this.#at = this.#end;
    if (this.#at === length) return false;
    if (length - this.#at < frameHeadBytes) throw new FrameError("Cannot read a chunk: it ends inside a frame's head");
    this.#end = length;
    const payload = this.number();
    this.type = this.byte();
    this.stream = this.number();
    if (payload > length - this.#at) throw new FrameError("Cannot read a chunk: it ends inside a payload");
    this.#end = this.#at + payload;
    return true;
  }

  /** Checks that the payload has no more. @throws FrameError */
  finish(): void {
    if (this.#at !== this.#end) throw new FrameError(`Cannot read a frame of type ${this.type}: it is too long`);
  }

  /** @throws FrameError */
  call(): Opened {
    const path = this.#path();
    const target = this.number();
    const leftMs = this.number();
    return {
      path,
      target,
      deadline: leftMs === noLimit ? undefined : deadlineAfter(leftMs),
      metadata: this.metadata(),
    };
  }

  /** @throws FrameError */
  metadata(): Metadata {
    const count = this.number();
    if (count === 0) return noMetadata;
    if (count % 2 !== 0) throw new FrameError("Cannot read metadata: its last name has no value");
    const metadata: string[] = [];
    for (let index = 0; index < count; index++) {
      const text = latin1(this.counted());
      if (index % 2 === 0 ? !isMetadataName(text) : !isMetadataValue(text)) {
        throw new FrameError("Cannot read metadata: a name or a value has characters that are not allowed");
      }
      metadata.push(text);
    }
    return metadata;
  }

  /** The status of a stream's end, and its trailers. @throws FrameError */
  end(): { readonly error: ConnectError | undefined; readonly trailer: Metadata } {
    const code = this.byte();
    const trailer = this.metadata();
    if (code === 0) return { error: undefined, trailer };
    const error = new ConnectError(this.text(), statusCode(code), headersOf(trailer));
    for (let left = this.number(); left > 0; left--) {
      error.details.push({ type: this.text(), value: this.counted().slice() });
    }
    return { error, trailer };
  }

  /** Why a caller gave up. @throws FrameError */
  cancel(): ConnectError {
    const code = statusCode(this.byte());
    return new ConnectError(this.text(), code);
  }

  /**
   * The message that ends the payload: a copy where it is a small part of the memory that it came in, which is released then.
   * @throws FrameError
   */
  message(): Uint8Array {
    this.#take(this.byte());
    const bytes = this.#bytes;
    const from = this.#at;
    const to = this.#end;
    this.#at = to;
    return (to - from) * 2 >= bytes.buffer.byteLength ? bytes.subarray(from, to) : bytes.slice(from, to);
  }

  /** @throws FrameError */
  number(): number {
    const bytes = this.#bytes;
    const at = this.#take(numberBytes);
    return (
      (((bytes[at] as number) << 24) |
        ((bytes[at + 1] as number) << 16) |
        ((bytes[at + 2] as number) << 8) |
        (bytes[at + 3] as number)) >>>
      0
    );
  }

  /** @throws FrameError */
  byte(): number {
    return this.#bytes[this.#take(1)] as number;
  }

  /** @throws FrameError */
  text(): string {
    try {
      return decoder.decode(this.counted());
    } catch (error) {
      if (error instanceof FrameError) throw error;
      throw new FrameError("Cannot read a text: it is not UTF-8");
    }
  }

  /** @throws FrameError */
  counted(): Uint8Array {
    const length = this.number();
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  #path(): string {
    const number = this.number();
    const known = this.#paths[number - 1];
    if (known !== undefined) return known;
    const path = this.text();
    if (number === 0) return path;
    if (number !== this.#paths.length + 1 || number > mostPaths) {
      throw new FrameError(`Cannot read a call: ${number} is not the number of the next path`);
    }
    this.#paths.push(path);
    return path;
  }

  #take(bytes: number): number {
    const at = this.#at;
    if (bytes > this.#end - at) throw new FrameError(`Cannot read a frame of type ${this.type}: it is too short`);
    this.#at = at + bytes;
    return at;
  }
}

function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

function statusCode(code: number): Code {
  if (code in Code) return code;
  throw new FrameError(`Cannot read a status: ${code} is not a code`);
}
