/** Writes frames, those of one moment into one chunk. A frame is written whole or, where its parts cannot be, not at all. */
import { Code, ConnectError } from "@connectrpc/connect";
import { cutErrorText } from "../../src/values/error-text.ts";
import { describe } from "../../src/values/text.ts";
import { wireDetails } from "../calls/errors.ts";
import { metadataOf } from "../calls/metadata.ts";
import type { Called, Metadata, UnaryCall, UnaryReply } from "../connection.ts";
import { timeLeft } from "../time/deadline.ts";
import {
  brand,
  chunkHeadBytes,
  frameHeadBytes,
  frameType,
  isMetadataName,
  isMetadataValue,
  mostPaths,
  noLimit,
} from "./frames.ts";

/** A long message is copied to a multiple of this: to a place beside it, on Bun, that takes fifteen times as long. */
const alignedBytes = 16;
/** Room for the short frames of one moment. A frame for which it is too small has a chunk of its own. */
const roomBytes = 16 * 1024;
const numberBytes = 4;
const encoder = new TextEncoder();

export class FrameWriter {
  readonly #post: (chunk: Uint8Array<ArrayBuffer>) => void;
  /** Paths that have numbers, from 1 on: the peer knows them. */
  readonly #paths = new Map<string, number>();
  readonly #room = new Uint8Array(roomBytes);
  /** The chunk that is being written: the room, or one as long as a single frame. */
  #bytes: Uint8Array<ArrayBuffer> = this.#room;
  #at = 0;
  #isScheduled = false;
  #isClosed = false;

  /** @param post is given each chunk, which is its own from then on */
  constructor(post: (chunk: Uint8Array<ArrayBuffer>) => void) {
    this.#post = post;
  }

  /** @throws ConnectError for metadata that cannot be sent */
  open(stream: number, target: number, call: Called): void {
    this.#call(frameType.open, stream, target, call);
  }

  /** @throws ConnectError for metadata that cannot be sent */
  request(stream: number, target: number, call: UnaryCall<Uint8Array>): void {
    this.#call(frameType.request, stream, target, call, call.message);
  }

  /** @throws ConnectError for metadata that cannot be sent */
  answer(stream: number, { header, trailer, message }: UnaryReply<Uint8Array>): void {
    const before = metadataBytes(header) + metadataBytes(trailer);
    this.#begin(frameType.answer, stream, before + messageBytes(before, message));
    this.#metadata(header);
    this.#metadata(trailer);
    this.#message(before, message);
  }

  message(stream: number, message: Uint8Array): void {
    this.#begin(frameType.message, stream, messageBytes(0, message));
    this.#message(0, message);
  }

  halfClose(stream: number): void {
    this.#begin(frameType.halfClose, stream, 0);
  }

  /** @throws ConnectError for metadata that cannot be sent */
  header(stream: number, metadata: Metadata): void {
    this.#begin(frameType.header, stream, metadataBytes(metadata));
    this.#metadata(metadata);
  }

  /** The end in good order. @throws ConnectError for metadata that cannot be sent */
  end(stream: number, trailer: Metadata): void {
    this.#begin(frameType.end, stream, 1 + metadataBytes(trailer));
    this.#byte(0);
    this.#metadata(trailer);
  }

  /** The end by an error, whose metadata are the trailers. */
  fail(stream: number, error: ConnectError): void {
    const details = wireDetails(error);
    const trailer = metadataOf(error.metadata);
    const message = encoder.encode(error.rawMessage);
    let length = 1 + metadataBytes(trailer) + numberBytes + message.length + numberBytes;
    const types = details.map(({ type }) => encoder.encode(type));
    for (const [index, { value }] of details.entries()) {
      length += 2 * numberBytes + (types[index]?.length ?? 0) + value.length;
    }
    this.#begin(frameType.end, stream, length);
    this.#byte(error.code);
    this.#metadata(trailer);
    this.#counted(message);
    this.#number(details.length);
    for (const [index, { value }] of details.entries()) {
      this.#counted(types[index] ?? new Uint8Array());
      this.#counted(value);
    }
  }

  cancel(stream: number, { code, rawMessage }: ConnectError): void {
    const message = encoder.encode(cutErrorText(rawMessage));
    this.#begin(frameType.cancel, stream, 1 + numberBytes + message.length);
    this.#byte(code);
    this.#counted(message);
  }

  credit(stream: number, bytes: number): void {
    this.#begin(frameType.credit, stream, numberBytes);
    this.#number(bytes);
  }

  /** Posts what is written. */
  flush(): void {
    const bytes = this.#bytes;
    const at = this.#at;
    if (at === 0) return;
    this.#at = 0;
    this.#bytes = this.#room;
    if (!this.#isClosed) this.#post(bytes === this.#room ? bytes.slice(0, at) : bytes);
  }

  /** What is written from now on goes nowhere. */
  close(): void {
    this.flush();
    this.#isClosed = true;
  }

  /** The beginning of a call's first frame. */
  #call(type: number, stream: number, target: number, call: Called, message?: Uint8Array): void {
    const { path, metadata, deadline } = call;
    const known = this.#paths.get(path);
    const written = known === undefined ? encoder.encode(path) : undefined;
    const pathBytes = written === undefined ? 0 : numberBytes + written.length;
    const before = 3 * numberBytes + pathBytes + metadataBytes(metadata);
    this.#begin(type, stream, before + (message === undefined ? 0 : messageBytes(before, message)));
    if (written === undefined) this.#number(known as number);
    else {
      this.#number(this.#numberFor(path));
      this.#counted(written);
    }
    this.#number(target);
    const left = timeLeft(deadline);
    this.#number(left === undefined ? noLimit : Math.ceil(left));
    this.#metadata(metadata);
    if (message !== undefined) this.#message(before, message);
  }

  /** The end of a frame that has a message. */
  #message(before: number, message: Uint8Array): void {
    const gap = gapBytes(before, message);
    this.#byte(gap);
    this.#at += gap;
    this.#raw(message);
  }

  /** 0: it gets none. */
  #numberFor(path: string): number {
    if (this.#isClosed || this.#paths.size === mostPaths) return 0;
    const number = this.#paths.size + 1;
    this.#paths.set(path, number);
    return number;
  }

  #begin(type: number, stream: number, length: number): void {
    const size = frameHeadBytes + length;
    if (this.#at + size > this.#bytes.length || this.#bytes !== this.#room) {
      this.flush();
      if (chunkHeadBytes + size > roomBytes) this.#bytes = new Uint8Array(chunkHeadBytes + size);
    }
    if (this.#at === 0) {
      this.#number(brand);
      this.#schedule();
    }
    this.#number(length);
    this.#byte(type);
    this.#number(stream);
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    process.nextTick(this.#flushSoon);
  }

  readonly #flushSoon = (): void => {
    this.#isScheduled = false;
    this.flush();
  };

  #byte(value: number): void {
    this.#bytes[this.#at++] = value;
  }

  #number(value: number): void {
    const bytes = this.#bytes;
    const at = this.#at;
    bytes[at] = value >>> 24;
    bytes[at + 1] = value >>> 16;
    bytes[at + 2] = value >>> 8;
    bytes[at + 3] = value;
    this.#at = at + numberBytes;
  }

  #raw(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  #counted(bytes: Uint8Array): void {
    this.#number(bytes.length);
    this.#raw(bytes);
  }

  #metadata(metadata: Metadata): void {
    this.#number(metadata.length);
    for (const text of metadata) {
      this.#number(text.length);
      for (let index = 0; index < text.length; index++) this.#byte(text.charCodeAt(index));
    }
  }
}

/** Of a message at the end of a payload: how many bytes are left out before it, those, and the message. */
function messageBytes(before: number, message: Uint8Array): number {
  return 1 + gapBytes(before, message) + message.length;
}

/** Only a frame with a chunk of its own is long enough for a gap to matter. */
function gapBytes(before: number, message: Uint8Array): number {
  const at = chunkHeadBytes + frameHeadBytes + before + 1;
  return at + message.length > roomBytes ? -at & (alignedBytes - 1) : 0;
}

/** @throws ConnectError for a name or a value that metadata cannot have: it would end the whole connection */
function metadataBytes(metadata: Metadata): number {
  let bytes = numberBytes;
  for (let index = 0; index < metadata.length; index++) {
    const text = metadata[index] ?? "";
    if (index % 2 === 0 ? !isMetadataName(text) : !isMetadataValue(text)) {
      throw new ConnectError(`cannot send metadata: it has ${describe(text)}`, Code.Internal);
    }
    bytes += numberBytes + text.length;
  }
  if (metadata.length % 2 !== 0) {
    throw new ConnectError("cannot send metadata: its last name has no value", Code.Internal);
  }
  return bytes;
}
