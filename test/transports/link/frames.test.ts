import { Code, ConnectError } from "@connectrpc/connect";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MetadataSchema } from "../../../proto/gen/loopp/v1/conformance_pb.ts";
import {
  decodeCancel,
  decodeChunk,
  decodeCredit,
  decodeEnd,
  decodeMetadata,
  decodeOpen,
  encodeChunk,
  encodeCredit,
  encodePayload,
  FrameError,
  fromErrorPayload,
  fromMetadata,
  toErrorPayload,
  toMetadata,
} from "../../../transports/link/frames.ts";

const frame = fc.record({
  type: fc.integer({ min: 0, max: 255 }),
  stream: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  payload: fc.uint8Array({ maxLength: 300 }),
});

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

describe("a chunk of frames", () => {
  it("is read back as it was written, at any place of a buffer", () => {
    fc.assert(
      fc.property(fc.array(frame), fc.nat(9), (frames, offset) => {
        const chunk = encodeChunk(frames);
        expect([...decodeChunk(chunk)]).toEqual(frames);
        const moved = new Uint8Array(chunk.length + offset);
        moved.set(chunk, offset);
        expect([...decodeChunk(moved.subarray(offset))]).toEqual(frames);
      }),
    );
  });

  it("does not keep its buffer alive through a message that came in it", () => {
    const chunk = encodeChunk([{ type: 2, stream: 1, payload: Uint8Array.of(7) }]);
    const [read] = decodeChunk(chunk);
    expect(read?.payload.buffer).not.toBe(chunk.buffer);
    expect(read?.payload.buffer.byteLength).toBe(1);
  });

  it("is refused when it is cut anywhere", () => {
    const chunk = encodeChunk([
      { type: 1, stream: 1, payload: Uint8Array.of(1, 2, 3) },
      { type: 2, stream: 1, payload: new Uint8Array() },
    ]);
    const whole = [4, 4 + 9 + 3, chunk.length];
    for (let length = 0; length <= chunk.length; length++) {
      const result = readOrRefuse(() => [...decodeChunk(chunk.subarray(0, length))]);
      expect([length, result]).toEqual([length, whole.includes(length) ? "read" : "refused"]);
    }
  });

  it("is refused when it is of another version or make", () => {
    const chunk = encodeChunk([]);
    chunk[3] = 2;
    expect(() => [...decodeChunk(chunk)]).toThrow("this version's brand");
    expect(() => [...decodeChunk(Buffer.from("GET / HTTP/1.1"))]).toThrow(FrameError);
  });

  it("costs no memory for a length that is only announced", () => {
    const chunk = encodeChunk([{ type: 2, stream: 1, payload: Uint8Array.of(0) }]);
    new DataView(chunk.buffer).setUint32(4, 0xffff_ffff);
    const before = process.memoryUsage().arrayBuffers;
    for (let time = 0; time < 1000; time++) expect(() => [...decodeChunk(chunk)]).toThrow("ends inside a payload");
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024);
  });

  it("may be anything", () => {
    const garbage = fc.uint8Array({ maxLength: 200 });
    const branded = garbage.map((bytes) => Buffer.concat([encodeChunk([]), bytes]));
    fc.assert(fc.property(fc.oneof(garbage, branded), (chunk) => void readOrRefuse(() => [...decodeChunk(chunk)])));
  });
});

describe("a payload", () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}$/);
  const value = fc.stringMatching(/^[!-~]{1,20}$/);
  const list = fc.array(fc.tuple(name, value), { maxLength: 5 });
  const code = fc.integer({ min: 1, max: 16 });

  it("is read back as it was written", () => {
    const text = fc.string({ unit: "grapheme" });
    const details = fc.array(fc.tuple(name, value));
    const error = fc.option(fc.record({ code, message: text, details }), { nil: undefined });
    fc.assert(
      fc.property(text, fc.nat(), fc.nat(), list, code, error, (path, target, timeoutMs, header, status, failed) => {
        const open = { path, target, timeoutMs, header };
        expect(decodeOpen(encodePayload(open))).toEqual(open);
        expect(decodeMetadata(encodePayload(header))).toEqual(header);
        expect(decodeCancel(encodePayload({ code: status, message: path }))).toEqual({ code: status, message: path });
        const end = { trailer: header, ...(failed === undefined ? {} : { error: failed }) };
        expect(decodeEnd(encodePayload(end))).toEqual(end);
        expect(decodeCredit(encodeCredit(timeoutMs))).toBe(timeoutMs);
      }),
    );
  });

  it("may be anything", () => {
    const hostile = fc.oneof(
      fc.uint8Array(),
      fc.json().map((text) => Buffer.from(text)),
      fc
        .dictionary(
          fc.constantFrom("path", "target", "timeoutMs", "header", "trailer", "error", "code", "message", "details"),
          fc.oneof(fc.jsonValue(), fc.integer(), fc.string(), fc.array(fc.array(fc.string()))),
        )
        .map((object) => Buffer.from(JSON.stringify(object))),
      fc.constantFrom("[".repeat(100_000), '{"a":'.repeat(100_000)).map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(hostile, (payload) => {
        readOrRefuse(() => toMetadata(decodeOpen(payload).header));
        readOrRefuse(() => toMetadata(decodeMetadata(payload)));
        readOrRefuse(() => decodeCancel(payload));
        readOrRefuse(() => decodeCredit(payload));
        readOrRefuse(() => {
          const { trailer, error } = decodeEnd(payload);
          if (error !== undefined) fromErrorPayload(error, toMetadata(trailer));
        });
      }),
    );
  });

  it("has no metadata that headers cannot hold", () => {
    for (const pair of [
      ["", "x"],
      ["a b", "x"],
      ["a", "x\r\ny"],
      ["a", "\u{1f600}"],
    ] as const) {
      expect(() => toMetadata([pair])).toThrow(FrameError);
    }
    const metadata = toMetadata([
      ["x-many", "one"],
      ["X-Many", "two"],
    ]);
    expect(fromMetadata(metadata)).toEqual([["x-many", "one, two"]]);
  });
});

describe("an error", () => {
  it("keeps code, text, details and trailers", () => {
    const detail = { desc: MetadataSchema, value: { name: "limit", value: "7" } };
    const error = new ConnectError("too far: ünï", Code.OutOfRange, undefined, [detail]);
    const read = fromErrorPayload(decodeEnd(encodePayload({ trailer: [], error: toErrorPayload(error) })).error!, [
      "x-why",
      "because",
    ]);
    expect([read.code, read.rawMessage]).toEqual([Code.OutOfRange, "too far: ünï"]);
    expect(read.findDetails(MetadataSchema)[0]).toMatchObject({ name: "limit", value: "7" });
    expect(read.metadata.get("x-why")).toBe("because");
    // And once more, as through a proxy.
    expect(toErrorPayload(read)).toEqual(toErrorPayload(error));
  });
});
