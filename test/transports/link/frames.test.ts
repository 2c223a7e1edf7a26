import { ConnectError } from "@connectrpc/connect";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MetadataSchema } from "../../../proto/gen/loopp/v1/conformance_pb.ts";
import { wireDetails } from "../../../transports/calls/errors.ts";
import { FrameReader } from "../../../transports/link/frame-reader.ts";
import { FrameWriter } from "../../../transports/link/frame-writer.ts";
import { FrameError, frameType } from "../../../transports/link/frames.ts";

const kilobyte = 1024;

/** The chunks that `write` makes. */
function chunks(write: (writer: FrameWriter) => void): Uint8Array[] {
  const made: Uint8Array[] = [];
  const writer = new FrameWriter((chunk) => made.push(chunk));
  write(writer);
  writer.flush();
  return made;
}

function chunk(write: (writer: FrameWriter) => void): Uint8Array {
  return Buffer.concat(chunks(write));
}

/** Looks at each frame of a chunk. */
function readEach<T>(bytes: Uint8Array, look: (reader: FrameReader) => T, reader = new FrameReader()): T[] {
  const seen: T[] = [];
  reader.begin(bytes);
  while (reader.next()) seen.push(look(reader));
  return seen;
}

/** Reads hostile input: whatever comes of it, nothing but a FrameError may be thrown. */
function readOrRefuse(read: () => unknown): "read" | "refused" {
  try {
    read();
    return "read";
  } catch (error) {
    expect(error).toBeInstanceOf(FrameError);
    expect((error as FrameError).message).toMatch(/^Cannot read /);
    return "refused";
  }
}

const one = (bytes: Uint8Array) => chunk((writer) => writer.message(1, bytes));

/** A frame with any payload. */
function raw(payload: Uint8Array): Uint8Array {
  const head = Buffer.from(one(new Uint8Array()).subarray(0, 13));
  head.writeUInt32BE(payload.length, 4);
  return Buffer.concat([head, payload]);
}

describe("a chunk of frames", () => {
  it("is read back as it was written, at any place of a buffer", () => {
    const message = fc.tuple(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.uint8Array({ maxLength: 300 }));
    fc.assert(
      fc.property(fc.array(message), fc.nat(9), (messages, offset) => {
        const bytes = chunk((writer) => {
          for (const [stream, payload] of messages) writer.message(stream, payload);
        });
        const moved = new Uint8Array(bytes.length + offset);
        moved.set(bytes, offset);
        if (messages.length === 0) return;
        const read = readEach(moved.subarray(offset), (frame) => [frame.type, frame.stream, frame.message()]);
        expect(read).toEqual(messages.map(([stream, payload]) => [frameType.message, stream, payload]));
      }),
    );
  });

  it("is short: a long frame has one of its own", () => {
    const lengths = [10, 15_000, 5000, 16_000, 70_000, 0, 16_384, 3];
    const made = chunks((writer) => {
      for (const length of lengths) writer.message(1, new Uint8Array(length));
    });
    expect(made.flatMap((bytes) => readEach(bytes, (frame) => frame.message().length))).toEqual(lengths);
    for (const { length } of made) expect(length <= 16 * kilobyte || [70_016, 16_400].includes(length)).toBe(true);
  });

  it("does not keep its buffer alive through a message that is a small part of it", () => {
    const bytes = one(Uint8Array.of(7));
    const [small] = readEach(bytes, (frame) => frame.message());
    expect(small?.buffer.byteLength).toBe(1);
    const [large] = readEach(Uint8Array.from(one(new Uint8Array(kilobyte))), (frame) => frame.message());
    expect(large?.buffer.byteLength).toBe(kilobyte + 14);
  });

  it("is refused when it is cut anywhere", () => {
    const bytes = chunk((writer) => {
      writer.message(1, Uint8Array.of(1, 2, 3));
      writer.message(1, new Uint8Array());
    });
    const whole = [4, 4 + 9 + 4, bytes.length];
    for (let length = 0; length <= bytes.length; length++) {
      const result = readOrRefuse(() => readEach(bytes.subarray(0, length), () => {}));
      expect([length, result]).toEqual([length, whole.includes(length) ? "read" : "refused"]);
    }
  });

  it("is refused when it is of another version or make", () => {
    const bytes = one(new Uint8Array());
    bytes[3] = 1;
    expect(() => readEach(bytes, () => {})).toThrow("this version's brand");
    expect(() => readEach(Buffer.from("GET / HTTP/1.1"), () => {})).toThrow(FrameError);
  });

  it("costs no memory for a length that is only announced", () => {
    const bytes = one(Uint8Array.of(0));
    new DataView(bytes.buffer, bytes.byteOffset).setUint32(4, 0xffff_ffff);
    const before = process.memoryUsage().arrayBuffers;
    for (let time = 0; time < 1000; time++) {
      expect(() => readEach(bytes, (frame) => frame.message())).toThrow("ends inside a payload");
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024);
  });

  it("may be anything", () => {
    const garbage = fc.uint8Array({ maxLength: 200 });
    const branded = garbage.map((bytes) => Buffer.concat([one(new Uint8Array()).subarray(0, 4), bytes]));
    fc.assert(
      fc.property(
        fc.oneof(garbage, branded),
        (bytes) => void readOrRefuse(() => readEach(bytes, (frame) => frame.message())),
      ),
    );
  });
});

describe("a payload", () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}$/);
  const value = fc.stringMatching(/^[!-~]{0,20}$/);
  const metadata = fc.array(fc.tuple(name, value), { maxLength: 5 }).map((pairs) => pairs.flat());
  const text = fc.string({ unit: "grapheme" });
  const code = fc.integer({ min: 1, max: 16 });

  it("is read back as it was written", () => {
    fc.assert(
      fc.property(text, fc.nat(), metadata, metadata, fc.uint8Array(), (path, target, header, trailer, message) => {
        const bytes = chunk((writer) => {
          writer.open(1, target, { path, metadata: header });
          writer.request(3, target, { path, metadata: header, message });
          writer.answer(3, { header, trailer, message });
          writer.header(1, header);
          writer.end(1, trailer);
          writer.credit(1, target);
        });
        const read = readEach(bytes, (frame) => {
          switch (frame.type) {
            case frameType.open:
              return frame.call();
            case frameType.request:
              return [frame.call(), frame.message()];
            case frameType.answer:
              return [frame.metadata(), frame.metadata(), frame.message()];
            case frameType.header:
              return frame.metadata();
            case frameType.end:
              return frame.end();
            default:
              return frame.number();
          }
        });
        const opened = { path, target, metadata: header, deadline: undefined };
        const ended = { trailer, error: undefined };
        expect(read).toEqual([opened, [opened, message], [header, trailer, message], header, ended, target]);
      }),
    );
  });

  it("says what is left of a call's time", () => {
    const left = (deadline: number | undefined) => {
      const bytes = chunk((writer) => writer.open(1, 0, { path: "/a/B", metadata: [], deadline }));
      return readEach(bytes, (frame) => frame.call().deadline)[0];
    };
    expect(left(undefined)).toBeUndefined();
    expect(left(Number.POSITIVE_INFINITY)).toBeUndefined();
    const now = performance.now();
    expect(left(now + 60_000)).toBeGreaterThanOrEqual(now + 59_000);
    expect(left(now - 1)).toBeLessThanOrEqual(performance.now());
  });

  it("names a path by a number once it was written out, and by itself where there are too many", () => {
    const reader = new FrameReader();
    const paths = Array.from({ length: 5000 }, (_, index) => `/a/B${index}`);
    const made = chunks((writer) => {
      for (const path of [...paths, ...paths]) writer.open(1, 0, { path, metadata: [] });
    });
    const read = made.flatMap((bytes) => readEach(bytes, (frame) => frame.call().path, reader));
    expect(read).toEqual([...paths, ...paths]);
    expect(made.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(
      10_000 * 25 + (5000 + 904) * 12 + made.length * 4,
    );
  });

  it("keeps of an error its code, text, details and trailers, also once more, as through a proxy", () => {
    const detail = { desc: MetadataSchema, value: { name: "limit", value: "7" } };
    fc.assert(
      fc.property(text, code, (message, status) => {
        let error = new ConnectError(message, status, { "x-why": "because" }, [detail]);
        const sent = wireDetails(error);
        for (const _ of ["", "through a proxy"]) {
          const bytes = chunk((writer) => writer.fail(1, error));
          const [end] = readEach(bytes, (frame) => frame.end());
          error = end?.error as ConnectError;
          expect([error.code, error.rawMessage, error.metadata.get("x-why")]).toEqual([status, message, "because"]);
          expect(wireDetails(error)).toEqual(sent);
          expect(error.findDetails(MetadataSchema)[0]).toMatchObject({ name: "limit", value: "7" });
        }
        const given = chunk((writer) => writer.cancel(1, error));
        expect(readEach(given, (frame) => frame.cancel())).toMatchObject([{ code: status, rawMessage: message }]);
      }),
    );
  });

  it.each(["call", "metadata", "end", "cancel", "number", "text", "message"] as const)(
    "may be anything where a %s is read",
    (what) => {
      const small = fc.constantFrom(0, 1, 2, 3, 0xffff_ffff);
      const numbers = fc
        .array(small, { maxLength: 8 })
        .map((list) => new Uint8Array(Uint32Array.from(list).buffer).reverse());
      const hostile = fc.oneof(fc.uint8Array({ maxLength: 60 }), numbers);
      fc.assert(
        fc.property(hostile, (payload) => {
          readOrRefuse(() =>
            readEach(raw(payload), (frame) => {
              frame[what]();
              frame.finish();
            }),
          );
        }),
        { numRuns: 500 },
      );
    },
  );

  it("is refused where it has more than it should", () => {
    const bytes = raw(Uint8Array.of(0, 0, 0, 0, 1));
    const read = () =>
      readEach(bytes, (frame) => {
        frame.metadata();
        frame.finish();
      });
    expect(read).toThrow("it is too long");
  });

  it.each([
    ["without a name", "", "x"],
    ["with a blank in its name", "a b", "x"],
    ["with capitals in its name", "Ab", "x"],
    ["with a line break in its value", "a", "x\r\ny"],
    ["with a zero in its value", "a", "x\0"],
  ])("has no metadata %s", (_, badName, badValue) => {
    const payload = Buffer.concat([
      Uint8Array.of(0, 0, 0, 2, 0, 0, 0, badName.length),
      Buffer.from(badName),
      Uint8Array.of(0, 0, 0, badValue.length),
      Buffer.from(badValue),
    ]);
    expect(() => readEach(raw(payload), (frame) => frame.metadata())).toThrow("characters that are not allowed");
    expect(() => chunk((writer) => writer.header(1, [badName, badValue]))).toThrow(ConnectError);
  });
});
