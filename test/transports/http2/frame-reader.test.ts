import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Http2Error } from "../../../transports/http2/errors.ts";
import { createFrameReader } from "../../../transports/http2/frame-reader.ts";
import { flag, frameType, preface } from "../../../transports/http2/frames.ts";
import { full } from "../../full.ts";
import { frame } from "./support.ts";

const numRuns = full ? 20_000 : 300;

/** What is told of some bytes: each frame's head, then its payload, however it was cut. */
function listen(chunks: readonly Uint8Array[], awaitsPreface = false): readonly (readonly (number | string)[])[] {
  const told: (number | string)[][] = [];
  let data: number[] = [];
  const reader = createFrameReader(
    {
      onHead(length, type, flags, id) {
        told.push(["head", length, type, flags, id]);
      },
      onFrame(type, flags, id, buffer, start, end) {
        told.push(["frame", type, flags, id, buffer.toString("hex", start, end)]);
      },
      onData(flags, id, buffer, start, end, isLast) {
        data.push(...buffer.subarray(start, end));
        if (!isLast) return;
        told.push(["data", flags, id, Buffer.from(data).toString("hex")]);
        data = [];
      },
    },
    awaitsPreface,
  );
  // What was read is overwritten by what is read next, as a socket may do.
  for (const chunk of chunks) {
    const read = Buffer.from(chunk);
    reader.read(read);
    read.fill(0xee);
  }
  return told;
}

const payload = fc.uint8Array({ maxLength: 40 });
const id = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const anyFrame = fc.oneof(
  fc
    .tuple(fc.integer({ min: 0, max: 12 }), fc.constantFrom(0, flag.endStream, flag.endHeaders), id, payload)
    .map(([type, flags, id, bytes]) => frame(type, flags, id, bytes)),
  fc
    .tuple(payload, fc.integer({ min: 0, max: 255 }))
    .map(([bytes, padding]) =>
      frame(frameType.data, flag.padded, 1, Buffer.concat([Buffer.from([padding]), bytes, Buffer.alloc(padding)])),
    ),
);

describe("a frame reader", () => {
  it("tells the same wherever the bytes are cut", () => {
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 12 }), fc.array(fc.nat(), { maxLength: 20 }), (frames, cuts) => {
        const all = Buffer.concat([preface, ...frames]);
        const at = [...new Set(cuts.map((cut) => cut % all.length))].sort((a, b) => a - b);
        const pieces = [0, ...at].map((from, index) => all.subarray(from, at[index] ?? all.length));
        const whole = listen([all], true);
        expect(whole.length).toBe(frames.length * 2);
        expect(listen(pieces, true)).toEqual(whole);
        expect(
          listen(
            [...all].map((byte) => Uint8Array.of(byte)),
            true,
          ),
        ).toEqual(whole);
      }),
      { numRuns },
    );
  });

  it("hands data on before the frame is whole, without its padding", () => {
    const pieces: string[] = [];
    const reader = createFrameReader(
      {
        onHead() {},
        onFrame() {},
        onData: (_flags, _id, buffer, start, end, isLast) =>
          pieces.push(`${buffer.toString("latin1", start, end)}${isLast ? "." : ""}`),
      },
      false,
    );
    const whole = frame(frameType.data, flag.padded, 1, Buffer.from("\x03hello...", "latin1"));
    for (const [from, to] of [
      [0, 12],
      [12, 15],
      [15, 16],
      [16, 18],
    ])
      reader.read(whole.subarray(from, to));
    expect(pieces).toEqual(["he", "llo", "."]);
  });

  it("refuses another preface, and more padding than there is", () => {
    expect(() => listen([Buffer.from("GET / HTTP/1.1\r\n")], true)).toThrow(Http2Error);
    expect(() => listen([frame(frameType.data, flag.padded, 1, Uint8Array.of(5, 0, 0, 0, 0))])).toThrow(Http2Error);
    expect(() => listen([frame(frameType.data, flag.padded, 1)])).toThrow(Http2Error);
  });
});
