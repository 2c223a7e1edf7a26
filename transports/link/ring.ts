/**
 * Records of bytes from one thread to another through shared memory: one thread writes them, the other reads them, and neither waits for
 * the other. A record for which there is no room goes in pieces. Each side keeps its place in memory of its own and believes nothing of
 * what it finds in the shared one, so that a peer that writes nonsense there is found out.
 */
import { createQueue } from "../../src/values/queue.ts";
import { FrameError } from "./frames.ts";

/** Words at the beginning of the memory, each in a cache line of its own. */
const word = {
  /** Writer: bytes written so far, modulo 2^32. */
  written: 0,
  /** Reader: bytes taken so far. */
  taken: 16,
  /** Reader: 1 when it wants to be woken by what is written. */
  sleeps: 32,
  /** Writer: 1 when it wants to be woken by what is taken. */
  waits: 48,
} as const;
const headBytes = 256;
/** A record is its length and its bytes, filled up to a multiple of this, so that the memory's end cuts no length in two. */
const lengthBytes = 4;
/** Stands in a length's place for a record that comes another way. */
const mark = 0xffff_ffff;

/** A record that comes another way, in its place among the others. */
export const elsewhere: unique symbol = Symbol("elsewhere");
export type RingRecord<Bytes extends Uint8Array = Uint8Array> = Bytes | typeof elsewhere;

export interface RingWriter {
  /** Writes a record, or as much of it as there is room for; `resume` goes on with it. It must not be changed any more. */
  write(record: RingRecord): void;
  /** @throws FrameError for a reader that has taken what was never written */
  resume(): void;
  /** Whether all is written. */
  readonly isIdle: boolean;
}

export interface RingReader {
  /** The next record, once all of it is there. @throws FrameError for what no writer of ours writes */
  read(): RingRecord<Uint8Array<ArrayBuffer>> | undefined;
  /** Asks to be woken. False: there is something to read already. */
  sleep(): boolean;
}

/** @param bytes room for records, a power of two */
export function createRing(bytes: number): SharedArrayBuffer {
  return new SharedArrayBuffer(headBytes + bytes);
}

/** @param wake tells the reader that something was written */
export function createRingWriter(ring: SharedArrayBuffer, wake: () => void): RingWriter {
  const { words, lengths, bytes, capacity, mask } = viewsOf(ring);
  const waiting = createQueue<RingRecord>();
  /** What is being written, and how much of it is; -1: not even its length. */
  let record: RingRecord | undefined;
  let done = -1;
  let written = Atomics.load(words, word.written) >>> 0;
  /** As it was seen last. */
  let taken = written;

  /** Looks how far the reader is. False: no further than before. */
  function look(): boolean {
    const before = taken;
    taken = Atomics.load(words, word.taken) >>> 0;
    if (distance(taken, written) > capacity || taken % lengthBytes !== 0) {
      throw new FrameError("Cannot write to the shared memory: its reader has taken what was never written");
    }
    return taken !== before;
  }

  /** Writes as much as there is room for. False: that was not all. */
  function put(whole: RingRecord): boolean {
    let room = capacity - distance(taken, written);
    if (done < 0) {
      if (room === 0) return false;
      lengths[(written & mask) / lengthBytes] = whole === elsewhere ? mark : whole.length;
      written = (written + lengthBytes) >>> 0;
      room -= lengthBytes;
      done = 0;
    }
    if (whole === elsewhere) return true;
    const count = Math.min(room, whole.length - done);
    const at = written & mask;
    const straight = capacity - at;
    const piece = count === whole.length ? whole : whole.subarray(done, done + count);
    if (count <= straight) bytes.set(piece, at);
    else {
      bytes.set(piece.subarray(0, straight), at);
      bytes.set(piece.subarray(straight), 0);
    }
    done += count;
    written = (written + padded(count)) >>> 0;
    return done === whole.length;
  }

  function resume(): void {
    const before = written;
    while (record !== undefined) {
      if (put(record)) {
        record = waiting.take();
        done = -1;
      } else if (!look()) {
        Atomics.store(words, word.waits, 1);
        // It may have taken something before it could see that.
        if (!look()) break;
      }
    }
    if (written === before) return;
    Atomics.store(words, word.written, written);
    if (isSet(words, word.sleeps)) wake();
  }

  return {
    write(added) {
      if (record !== undefined) waiting.push(added);
      else record = added;
      resume();
    },
    resume,
    get isIdle() {
      return record === undefined;
    },
  };
}

export interface RingReaderOptions {
  /** Longest record. */
  readonly maxBytes: number;
  /** Tells a writer that waits for room that there is some. */
  wake(): void;
}

export function createRingReader(ring: SharedArrayBuffer, { maxBytes, wake }: RingReaderOptions): RingReader {
  const { words, lengths, bytes, capacity, mask } = viewsOf(ring);
  let taken = Atomics.load(words, word.taken) >>> 0;
  /** As it was seen last. */
  let written = taken;
  /** What has come in part, and how much of it has. */
  let record: Uint8Array<ArrayBuffer> | undefined;
  let filled = 0;

  /** Bytes that are there. */
  function look(): number {
    written = Atomics.load(words, word.written) >>> 0;
    const there = distance(taken, written);
    if (there > capacity || there % lengthBytes !== 0) {
      throw new FrameError("Cannot read the shared memory: its writer has written more than there is room for");
    }
    return there;
  }

  function take(count: number): void {
    taken = (taken + count) >>> 0;
    Atomics.store(words, word.taken, taken);
    // Not for every bit of room: writer and reader would take turns over pieces of a few bytes.
    if (distance(taken, written) <= capacity / 2 && isSet(words, word.waits)) wake();
  }

  return {
    read() {
      let there = distance(taken, written);
      if (there === 0) there = look();
      if (record === undefined) {
        if (there === 0) return undefined;
        const length = lengths[(taken & mask) / lengthBytes] ?? 0;
        if (length === mark) {
          take(lengthBytes);
          return elsewhere;
        }
        if (length > maxBytes) {
          throw new FrameError(`Cannot read a record of ${length} bytes: the limit is ${maxBytes} bytes`);
        }
        record = new Uint8Array(length);
        filled = 0;
        taken = (taken + lengthBytes) >>> 0;
        there -= lengthBytes;
      }
      for (;;) {
        const count = Math.min(there, record.length - filled);
        const at = taken & mask;
        const straight = Math.min(count, capacity - at);
        record.set(bytes.subarray(at, at + straight), filled);
        if (straight < count) record.set(bytes.subarray(0, count - straight), filled + straight);
        filled += count;
        take(padded(count));
        if (filled === record.length) break;
        there = look();
        if (there === 0) return undefined;
      }
      const whole = record;
      record = undefined;
      return whole;
    },
    sleep() {
      Atomics.store(words, word.sleeps, 1);
      if (look() === 0) return true;
      Atomics.store(words, word.sleeps, 0);
      return false;
    },
  };
}

function viewsOf(ring: SharedArrayBuffer) {
  return {
    words: new Int32Array(ring, 0, headBytes / Int32Array.BYTES_PER_ELEMENT),
    lengths: new Uint32Array(ring, headBytes),
    bytes: new Uint8Array(ring, headBytes),
    capacity: ring.byteLength - headBytes,
    mask: ring.byteLength - headBytes - 1,
  };
}

/** Between two places that are counted modulo 2^32. */
function distance(from: number, to: number): number {
  return (to - from) >>> 0;
}

function padded(count: number): number {
  return Math.ceil(count / lengthBytes) * lengthBytes;
}

/** Whether a word is set, which it is no longer after that. */
function isSet(words: Int32Array, index: number): boolean {
  return Atomics.load(words, index) !== 0 && Atomics.exchange(words, index, 0) !== 0;
}
