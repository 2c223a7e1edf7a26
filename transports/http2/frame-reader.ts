/** Takes frames out of what a socket reads, which may be cut at any byte. Data is handed on as it comes, everything else when it is whole. */
import { protocolError } from "./errors.ts";
import { flag, frameHeadBytes, frameType, preface, readUint31 } from "./frames.ts";

/** What is told of frames. What it throws ends the reading. */
export interface FrameSink {
  /** Of every frame, before anything of it is kept: throws for one that must not be. */
  onHead(length: number, type: number, flags: number, id: number): void;
  /** A frame of any type but DATA. The payload may be overwritten afterwards. Of types that are not known there is no payload. */
  onFrame(type: number, flags: number, id: number, buffer: Buffer, start: number, end: number): void;
  /** The next piece of a DATA frame, without padding; empty where the frame is. `isLast`: the frame is over. */
  onData(flags: number, id: number, buffer: Buffer, start: number, end: number, isLast: boolean): void;
}

export interface FrameReader {
  read(chunk: Buffer): void;
  /** Nothing more is told, not even of what has been read already. */
  stop(): void;
}

/** Of a frame that came in pieces, for the next one. */
const mostKeptBytes = 16_384;
const lastKnownType = frameType.continuation;

/** @param awaitsPreface whether what a client says first has to come before frames */
export function createFrameReader(sink: FrameSink, awaitsPreface: boolean): FrameReader {
  let stopped = false;
  let prefaceLeft = awaitsPreface ? preface.length : 0;
  const head = Buffer.alloc(frameHeadBytes);
  let headBytes = 0;

  // The frame that is being read, once its head is.
  let inFrame = false;
  let length = 0;
  let type = 0;
  let flags = 0;
  let id = 0;
  /** Of the payload, what is yet to come; of DATA without the padding at its end. */
  let left = 0;
  let padding = 0;
  let awaitsPadLength = false;
  /** The beginning of a payload that came in pieces. */
  let kept = Buffer.alloc(0);
  let keptBytes = 0;

  function readPreface(chunk: Buffer): number {
    let at = 0;
    for (; at < chunk.length && prefaceLeft > 0; at++, prefaceLeft--) {
      if (chunk[at] !== preface[preface.length - prefaceLeft])
        throw protocolError("it does not begin as a client does");
    }
    return at;
  }

  /** @returns where the payload begins, or -1 where the head is not whole yet */
  function readHead(chunk: Buffer, from: number): number {
    let source = chunk;
    let at = from;
    if (headBytes > 0 || chunk.length - from < frameHeadBytes) {
      const piece = Math.min(frameHeadBytes - headBytes, chunk.length - from);
      chunk.copy(head, headBytes, from, from + piece);
      headBytes += piece;
      if (headBytes < frameHeadBytes) return -1;
      headBytes = 0;
      source = head;
      at = 0;
      from += piece;
    } else from += frameHeadBytes;
    length = (source[at]! << 16) | (source[at + 1]! << 8) | source[at + 2]!;
    type = source[at + 3]!;
    flags = source[at + 4]!;
    id = readUint31(source, at + 5);
    inFrame = true;
    left = length;
    padding = 0;
    awaitsPadLength = type === frameType.data && (flags & flag.padded) !== 0;
    sink.onHead(length, type, flags, id);
    return from;
  }

  /** @returns where the rest begins */
  function readData(chunk: Buffer, from: number): number {
    let at = from;
    if (awaitsPadLength) {
      if (left === 0) throw protocolError("a padded frame is empty");
      if (at === chunk.length) return at;
      padding = chunk[at++]!;
      left -= 1;
      if (padding > left) throw protocolError("a frame has more padding than it is long");
      left -= padding;
      awaitsPadLength = false;
    }
    const piece = Math.min(left, chunk.length - at);
    left -= piece;
    const end = at + piece;
    if (left > 0 || padding === 0) {
      if (left === 0) inFrame = false;
      if (piece > 0 || left === 0) sink.onData(flags, id, chunk, at, end, left === 0);
      return end;
    }
    // The last of the data waits for nothing, but its end does, for the padding.
    const skipped = Math.min(padding, chunk.length - end);
    padding -= skipped;
    if (padding === 0) inFrame = false;
    if (piece > 0 || padding === 0) sink.onData(flags, id, chunk, at, end, padding === 0);
    return end + skipped;
  }

  function readOther(chunk: Buffer, from: number): number {
    const piece = Math.min(left, chunk.length - from);
    left -= piece;
    const end = from + piece;
    if (type > lastKnownType) {
      if (left === 0) finish(chunk, end, end);
    } else if (left === 0 && keptBytes === 0) finish(chunk, from, end);
    else {
      keep(chunk, from, end);
      if (left === 0) {
        const whole = kept;
        const bytes = keptBytes;
        keptBytes = 0;
        if (kept.length > mostKeptBytes) kept = Buffer.alloc(0);
        finish(whole, 0, bytes);
      }
    }
    return end;
  }

  function finish(buffer: Buffer, start: number, end: number): void {
    inFrame = false;
    sink.onFrame(type, flags, id, buffer, start, end);
  }

  /** Memory is taken for what has come, not for what was announced. */
  function keep(chunk: Buffer, from: number, end: number): void {
    const needed = keptBytes + end - from;
    if (needed > kept.length) {
      const larger = Buffer.allocUnsafeSlow(Math.min(length, Math.max(needed, kept.length * 2, 256)));
      kept.copy(larger, 0, 0, keptBytes);
      kept = larger;
    }
    chunk.copy(kept, keptBytes, from, end);
    keptBytes = needed;
  }

  return {
    read(chunk) {
      let at = prefaceLeft > 0 ? readPreface(chunk) : 0;
      while (!stopped) {
        if (!inFrame) {
          if (at === chunk.length) return;
          at = readHead(chunk, at);
          if (at < 0) return;
        }
        at = type === frameType.data ? readData(chunk, at) : readOther(chunk, at);
        if (inFrame) return;
      }
    },
    stop() {
      stopped = true;
    },
  };
}
