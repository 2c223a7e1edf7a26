import { Code, ConnectError } from "@connectrpc/connect";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EnvelopeReader, envelope, soleMessage } from "../../../transports/grpc/envelope.ts";

const limit = 1000;

/** @param onMessage told of each message, also of those before a bad one */
function read(pieces: readonly Uint8Array[], onMessage = (_: Uint8Array) => {}, max = limit): Uint8Array[] {
  const messages: Uint8Array[] = [];
  const reader = new EnvelopeReader(max, (message) => {
    messages.push(message);
    onMessage(message);
  });
  for (const piece of pieces) reader.push(piece);
  reader.end();
  return messages;
}

function refusal(pieces: readonly Uint8Array[], onMessage?: (message: Uint8Array) => void): ConnectError {
  try {
    read(pieces, onMessage);
  } catch (error) {
    if (error instanceof ConnectError) return error;
    throw error;
  }
  throw new Error("it was read");
}

function prefix(flags: number, length: number): Uint8Array {
  const bytes = new Uint8Array(5);
  bytes[0] = flags;
  new DataView(bytes.buffer).setUint32(1, length);
  return bytes;
}

describe("a body of messages", () => {
  const messages = [new Uint8Array(), Uint8Array.of(1, 2, 3), new Uint8Array(limit).fill(9), new Uint8Array()];
  const body = Buffer.concat(messages.map(envelope));

  it("is read back wherever it is split", () => {
    for (let cut = 0; cut <= body.length; cut++) {
      expect(read([body.subarray(0, cut), body.subarray(cut)])).toEqual(messages);
    }
    expect(read([...body].map((byte) => Uint8Array.of(byte)))).toEqual(messages);
  });

  it("is read back in whatever pieces it comes", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: limit })), fc.array(fc.nat(50)), (list, sizes) => {
        const whole = Buffer.concat(list.map(envelope));
        const pieces: Uint8Array[] = [];
        let begin = 0;
        for (const size of sizes) {
          pieces.push(whole.subarray(begin, begin + size));
          begin += size;
        }
        const got = read([...pieces, whole.subarray(begin)]);
        expect(got.map((message) => Buffer.from(message).toString("hex"))).toEqual(
          list.map((message) => Buffer.from(message).toString("hex")),
        );
      }),
    );
  });

  it("is read back where its messages are longer than what is reserved for one at first", () => {
    const long = [300_000, 70_000, 1].map((length) => new Uint8Array(length).map((_, at) => at % 251));
    const whole = Buffer.concat(long.map(envelope));
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < whole.length; at += 9_973) pieces.push(whole.subarray(at, at + 9_973));
    const got = read(pieces, undefined, 300_000);
    expect(got.map((message, at) => Buffer.compare(message, long[at] ?? new Uint8Array()))).toEqual([0, 0, 0]);
  });

  it("hands out copies of small messages, which are no Buffers: one does not keep the piece that it came in", () => {
    const [, small] = read([body]);
    expect([small?.buffer.byteLength, Buffer.isBuffer(small)]).toEqual([3, false]);
    const sole = soleMessage(envelope(Uint8Array.of(7)), 0, 6, limit);
    expect([sole?.buffer.byteLength, Buffer.isBuffer(sole)]).toEqual([1, false]);
  });

  it("is refused when it ends inside a message", () => {
    const whole = new Set([0]);
    let end = 0;
    for (const message of messages) {
      end += 5 + message.length;
      whole.add(end);
    }
    for (let length = 0; length <= body.length; length++) {
      if (whole.has(length)) continue;
      const error = refusal([body.subarray(0, length)]);
      expect([error.code, error.rawMessage]).toEqual([Code.Internal, "the stream ended inside a message"]);
    }
  });

  it.each([limit + 1, 0x8000_0000, 0xffff_ffff])("is refused for a length of %d before the message comes", (length) => {
    const error = refusal([prefix(0, length)]);
    expect(error.code).toBe(Code.ResourceExhausted);
    expect(error.rawMessage).toBe(`message of ${length} bytes is longer than the limit of ${limit} bytes`);
  });

  it("reserves no memory for a length that is only announced", () => {
    const before = process.memoryUsage().arrayBuffers;
    const readers = Array.from({ length: 100 }, () => {
      const reader = new EnvelopeReader(2 ** 31, () => {});
      reader.push(prefix(0, 2 ** 30));
      reader.push(Uint8Array.of(1));
      return reader;
    });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(readers.length * 2 ** 20);
  });

  it("is refused for flags that have no meaning", () => {
    for (const flags of [2, 3, 128, 255]) {
      const error = refusal([prefix(flags, 0)]);
      expect([error.code, error.rawMessage]).toEqual([Code.Internal, `got a message with unknown flags (${flags})`]);
    }
  });

  it("gives the messages that stand before the bad one", () => {
    const got: Uint8Array[] = [];
    refusal([Buffer.concat([envelope(Uint8Array.of(1)), prefix(2, 0)])], (message) => got.push(message));
    expect(got).toEqual([Uint8Array.of(1)]);
  });

  it("that is one plain message and no more is told from all others", () => {
    const one = envelope(Uint8Array.of(1, 2));
    const sole = (bytes: Uint8Array, max = limit) => soleMessage(bytes, 0, bytes.length, max);
    expect(sole(one)).toEqual(Uint8Array.of(1, 2));
    expect(soleMessage(Buffer.concat([one, one]), one.length, 2 * one.length, limit)).toEqual(Uint8Array.of(1, 2));
    for (const other of [Buffer.concat([one, one]), one.subarray(0, 6), one.subarray(0, 4), new Uint8Array()]) {
      expect(sole(other)).toBeUndefined();
    }
    expect(sole(Uint8Array.of(1, 0, 0, 0, 1, 7))).toBeUndefined();
    expect(sole(one, 1)).toBeUndefined();
  });

  it("may be anything", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 30 })), (pieces) => {
        try {
          read(pieces);
        } catch (error) {
          expect([Code.Internal, Code.ResourceExhausted]).toContain((error as { code?: unknown }).code);
        }
      }),
    );
  });
});
