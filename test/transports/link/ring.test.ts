import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FrameError } from "../../../transports/link/frames.ts";
import {
  createRing,
  createRingReader,
  createRingWriter,
  elsewhere,
  type RingReader,
  type RingRecord,
  type RingWriter,
} from "../../../transports/link/ring.ts";

const ringBytes = 64;
const maxBytes = 1000;
const headBytes = createRing(0).byteLength;

interface Pair {
  readonly ring: SharedArrayBuffer;
  readonly writer: RingWriter;
  readonly reader: RingReader;
  /** How often each was woken. */
  readonly woken: { reader: number; writer: number };
}

/** @param begin where the counters begin */
function createPair(begin = 0): Pair {
  const ring = createRing(ringBytes);
  const words = new Uint32Array(ring);
  words[0] = begin;
  words[16] = begin;
  const woken = { reader: 0, writer: 0 };
  const writer = createRingWriter(ring, () => woken.reader++);
  const reader = createRingReader(ring, { maxBytes, wake: () => woken.writer++ });
  return { ring, writer, reader, woken };
}

function record(length: number, seed = length): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => seed + index);
}

/** Reads what is there; a writer that is woken goes on. */
function readAll({ reader, writer, woken }: Pair): RingRecord[] {
  const records: RingRecord[] = [];
  for (;;) {
    const { writer: before } = woken;
    const next = reader.read();
    if (next !== undefined) records.push(next);
    if (woken.writer > before) writer.resume();
    else if (next === undefined) return records;
  }
}

describe("a ring", () => {
  it("brings records of every length from every place in the memory", () => {
    for (let place = 0; place < ringBytes; place += 4) {
      for (let length = 0; length <= 3 * ringBytes; length++) {
        const pair = createPair();
        for (let at = 0; at < place; at += 4) {
          pair.writer.write(new Uint8Array());
          pair.reader.read();
        }
        pair.writer.write(record(length));
        pair.writer.write(elsewhere);
        pair.writer.write(record(3));
        expect(readAll(pair)).toEqual([record(length), elsewhere, record(3)]);
        expect(pair.writer.isIdle).toBe(true);
      }
    }
  });

  it("keeps the order of whatever is written and read in whatever turns, also when its counters begin again", () => {
    const step = fc.oneof(fc.constant("read"), fc.constant(elsewhere), fc.nat(40), fc.nat(300));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.boolean(), (steps, isLate) => {
        // The counters have 32 bits.
        const pair = createPair(isLate ? 2 ** 32 - ringBytes : 0);
        const sent: RingRecord[] = [];
        const got: RingRecord[] = [];
        for (const [index, what] of steps.entries()) {
          if (what === "read") {
            got.push(...readAll(pair));
            continue;
          }
          const written = what === elsewhere ? elsewhere : record(what as number, index);
          sent.push(written);
          pair.writer.write(written);
        }
        got.push(...readAll(pair));
        expect(got).toEqual(sent);
      }),
    );
  });

  it("wakes a reader that sleeps, once, and one that reads not at all", () => {
    const { writer, reader, woken } = createPair();
    writer.write(record(4));
    expect(woken.reader).toBe(0);
    expect(reader.sleep()).toBe(false);
    expect(reader.read()).toEqual(record(4));
    expect(reader.read()).toBeUndefined();
    expect(reader.sleep()).toBe(true);
    writer.write(record(4));
    writer.write(record(4));
    expect(woken.reader).toBe(1);
  });

  it("wakes a writer that waits for room when there is half of it, and one that does not wait not at all", () => {
    const { writer, reader, woken } = createPair();
    for (let count = 0; count < 10; count++) writer.write(record(4));
    expect(writer.isIdle).toBe(false);
    for (let count = 0; count < 3; count++) reader.read();
    expect(woken.writer).toBe(0);
    reader.read();
    expect(woken.writer).toBe(1);
    writer.resume();
    expect(writer.isIdle).toBe(true);
    while (reader.read() !== undefined);
    expect(woken.writer).toBe(1);
  });

  it("keeps no record in the shared memory: what was read cannot be changed any more", () => {
    const { ring, writer, reader } = createPair();
    writer.write(record(8));
    const read = reader.read();
    new Uint8Array(ring).fill(0xff);
    expect(read).toEqual(record(8));
  });

  it("refuses a record that is too long by its length alone", () => {
    const { ring, writer, reader } = createPair();
    writer.write(record(8));
    new Uint32Array(ring, headBytes)[0] = maxBytes + 1;
    expect(() => reader.read()).toThrow("Cannot read a record of 1001 bytes: the limit is 1000 bytes");
  });

  it("survives whatever a peer writes into the memory with nothing but a FrameError, and comes to an end", () => {
    const words = [0, 16, 32, 48];
    const value = fc.oneof(fc.nat(2 * ringBytes), fc.integer({ min: -200 }), fc.integer());
    const act = fc.oneof(
      fc.record({ word: fc.constantFrom(...words), value }),
      fc.record({ at: fc.nat(ringBytes / 4 - 1), value }),
      fc.constantFrom("read", "write", "resume", "sleep"),
    );
    fc.assert(
      fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
        const { ring, writer, reader } = createPair();
        const memory = new Int32Array(ring);
        let read = 0;
        try {
          for (const what of acts) {
            if (what === "read") {
              const got = reader.read();
              if (got instanceof Uint8Array) read += got.length;
            } else if (what === "write") writer.write(record(50));
            else if (what === "resume") writer.resume();
            else if (what === "sleep") reader.sleep();
            else if ("word" in what) memory[what.word] = what.value;
            else memory[headBytes / 4 + what.at] = what.value;
          }
        } catch (error) {
          expect(error).toBeInstanceOf(FrameError);
        }
        expect(read).toBeLessThanOrEqual(acts.length * maxBytes);
      }),
      { numRuns: 2000 },
    );
  });
});
