/**
 * What leaves by the socket. All frames of a turn of the loop are gathered in one block of memory and written at once; large data is
 * written from where it is. When the socket has enough, this says so, and who has more to send waits.
 */
import type { Duplex } from "node:stream";
import { flag, frameHeadBytes, frameType, writeHead, writeUint32 } from "./frames.ts";

export interface Output {
  /** Whether what can wait should. */
  readonly isFull: boolean;
  /** Whether the socket takes nothing, because the peer does not. */
  readonly isBlocked: boolean;
  /** Bytes as they are. */
  raw(bytes: Uint8Array): void;
  /** A frame with a small payload. */
  frame(type: number, flags: number, id: number, payload: Uint8Array, start?: number, end?: number): void;
  /** A frame of one number: RST_STREAM, WINDOW_UPDATE. */
  number(type: number, id: number, number: number): void;
  /** HEADERS, and CONTINUATION for what is more than a frame takes. The block is copied. */
  fields(id: number, block: Uint8Array, ended: boolean, maxFrameBytes: number): void;
  /** A DATA frame of a part of prefix and data, as if they were one. Large data is not copied. */
  data(id: number, prefix: Uint8Array | undefined, data: Uint8Array, start: number, end: number, ended: boolean): void;
  /** Writes what is gathered, then ends the socket. */
  end(): void;
  /** Nothing more is written. */
  stop(): void;
}

const blockBytes = 64 * 1024;
/** Data of this size is dearer to copy than to write on its own. */
const copiedBytes = 4 * 1024;
/** So much of a turn is gathered before who has more to send waits for the socket. */
const fullBytes = 1024 * 1024;

/** @param onRoom what waited may be sent now */
export function createOutput(socket: Duplex, onRoom: () => void): Output {
  let block = Buffer.allocUnsafeSlow(blockBytes);
  /** What is written of the block, and what is filled. */
  let start = 0;
  let at = 0;
  /** What comes before the filled part. */
  let parts: Uint8Array[] = [];
  let gathered = 0;
  let isScheduled = false;
  let isBlocked = false;
  let isStopped = false;

  socket.on("drain", () => {
    if (!isBlocked) return;
    isBlocked = false;
    if (!isStopped) onRoom();
  });

  function reserve(bytes: number): void {
    gathered += bytes;
    if (!isScheduled) {
      isScheduled = true;
      process.nextTick(flush);
    }
    if (at + bytes <= block.length) return;
    closePart();
    block = Buffer.allocUnsafeSlow(Math.max(blockBytes, bytes));
    start = 0;
    at = 0;
  }

  function closePart(): void {
    if (at > start) parts.push(block.subarray(start, at));
    start = at;
  }

  function copy(bytes: Uint8Array, from: number, to: number): void {
    if (to - from > 64) {
      block.set(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to), at);
      at += to - from;
    } else for (let index = from; index < to; index++) block[at++] = bytes[index]!;
  }

  function flush(): void {
    isScheduled = false;
    if (isStopped || gathered === 0) return;
    gathered = 0;
    closePart();
    const written = parts;
    parts = [];
    let hasRoom = true;
    if (written.length > 1) socket.cork();
    for (const part of written) hasRoom = socket.write(part);
    if (written.length > 1) socket.uncork();
    if (!hasRoom) isBlocked = true;
    else if (!isBlocked) onRoom();
  }

  function frame(type: number, flags: number, id: number, payload: Uint8Array, from = 0, to = payload.length): void {
    reserve(frameHeadBytes + to - from);
    writeHead(block, at, to - from, type, flags, id);
    at += frameHeadBytes;
    copy(payload, from, to);
  }

  return {
    get isFull() {
      return isBlocked || gathered >= fullBytes;
    },
    get isBlocked() {
      return isBlocked;
    },
    raw(bytes) {
      reserve(bytes.length);
      copy(bytes, 0, bytes.length);
    },
    frame,
    number(type, id, number) {
      reserve(frameHeadBytes + 4);
      writeHead(block, at, 4, type, 0, id);
      writeUint32(block, at + frameHeadBytes, number);
      at += frameHeadBytes + 4;
    },
    fields(id, fields, ended, maxFrameBytes) {
      let from = 0;
      do {
        const to = Math.min(fields.length, from + maxFrameBytes);
        const flags = (from === 0 && ended ? flag.endStream : 0) | (to === fields.length ? flag.endHeaders : 0);
        frame(from === 0 ? frameType.headers : frameType.continuation, flags, id, fields, from, to);
        from = to;
      } while (from < fields.length);
    },
    data(id, prefix, data, from, to, ended) {
      const prefixBytes = prefix === undefined ? 0 : prefix.length;
      const dataFrom = Math.max(0, from - prefixBytes);
      const dataTo = Math.max(0, to - prefixBytes);
      const isCopied = dataTo - dataFrom < copiedBytes;
      reserve(frameHeadBytes + (isCopied ? to - from : Math.max(0, prefixBytes - from)));
      writeHead(block, at, to - from, frameType.data, ended ? flag.endStream : 0, id);
      at += frameHeadBytes;
      if (prefix !== undefined && from < prefixBytes) copy(prefix, from, Math.min(to, prefixBytes));
      if (isCopied) return copy(data, dataFrom, dataTo);
      gathered += dataTo - dataFrom;
      closePart();
      parts.push(data.subarray(dataFrom, dataTo));
    },
    end() {
      flush();
      isStopped = true;
      if (socket.writable) socket.end();
    },
    stop() {
      isStopped = true;
    },
  };
}
