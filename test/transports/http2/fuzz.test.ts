/** Anything at all instead of a peer. What is tried is the same in every run; `npm run test:full` tries more. */
import { Duplex } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { connectHttp2 } from "../../../transports/http2/client.ts";
import type { Http2Connection } from "../../../transports/http2/connection.ts";
import { flag, frameType, preface } from "../../../transports/http2/frames.ts";
import { acceptHttp2 } from "../../../transports/http2/server.ts";
import { full } from "../../full.ts";
import { block, echo, frame, requestFields, responseFields, settings, settingsAck } from "./support.ts";

const runs = { numRuns: full ? 10_000 : 300, seed: 9113 };

/** A socket whose peer is the test. */
class Wire extends Duplex {
  sentBytes = 0;
  override _read(): void {}
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.sentBytes += chunk.length;
    done();
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

const id = fc.constantFrom(0, 1, 1, 1, 2, 3, 5, 7, 2 ** 31 - 1);
const flags = fc.oneof(fc.constantFrom(0, 1, 4, 5, 8, 0x0d, 0x20, 0x2d), fc.integer({ min: 0, max: 255 }));
const number = fc
  .constantFrom(0, 1, 2, 8, 100, 65_535, 2 ** 31 - 1, 2 ** 32 - 1)
  .map((value) => Buffer.from([value >>> 24, value >>> 16, value >>> 8, value]));
const knownBlock = fc.constantFrom(
  block(requestFields),
  block(responseFields),
  block([":status", "103"]),
  block(["x-trailer", "a"]),
  block([...requestFields, "content-length", "5"]),
  Buffer.from([0x82, 0x86, 0x84, 0x41, 1, 0x61]),
  Buffer.from([0x40, 1, 0x61, 1, 0x62, 0xbe, 0xbe]),
  Buffer.from([0x3f, 0xe1, 0x1f]),
);
const payload = fc.oneof(
  fc.uint8Array({ maxLength: 64 }),
  knownBlock,
  number,
  fc.array(number, { maxLength: 3 }).map((numbers) => Buffer.concat(numbers)),
  fc
    .array(fc.tuple(fc.integer({ min: 0, max: 8 }), number), { maxLength: 4 })
    .map((entries) => Buffer.concat(entries.map(([key, value]) => Buffer.concat([Buffer.from([0, key]), value])))),
  fc.constantFrom(Buffer.alloc(8), Buffer.alloc(20_000)),
);
const type = fc.oneof(
  fc.constantFrom(
    frameType.data,
    frameType.headers,
    frameType.continuation,
    frameType.windowUpdate,
    frameType.rstStream,
  ),
  fc.integer({ min: 0, max: 12 }),
);
const anyFrame = fc.tuple(type, flags, id, payload).map((parts) => frame(...parts));
/** One that makes sense where it stands, so that what follows is looked at. */
const goodFrame = fc.oneof(
  fc
    .tuple(fc.constantFrom(1, 3, 5, 7), fc.constantFrom(4, 5), knownBlock)
    .map(([stream, flagBits, bytes]) => frame(frameType.headers, flagBits, stream, bytes)),
  fc
    .tuple(fc.constantFrom(1, 3, 5, 7), fc.constantFrom(0, 1), fc.uint8Array({ maxLength: 50 }))
    .map(([stream, flagBits, bytes]) => frame(frameType.data, flagBits, stream, bytes)),
  fc.constant(settings([4, 10])),
  fc.constant(frame(frameType.ping, 0, 0, Buffer.alloc(8))),
  fc.constant(frame(frameType.headers, flag.endHeaders, 1, block(responseFields))),
);
const frames = fc.array(fc.oneof({ weight: 3, arbitrary: goodFrame }, { weight: 2, arbitrary: anyFrame }), {
  maxLength: 30,
});
/** Where a byte is changed, and to what. */
const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 3 });

describe("any bytes at all", () => {
  async function feed(
    connect: (wire: Wire, onEnd: () => void) => Http2Connection,
    begin: Uint8Array,
    rest: readonly Uint8Array[],
    damages: readonly (readonly [number, number])[],
    cut: number,
  ): Promise<void> {
    const wire = new Wire();
    let ends = 0;
    const connection = connect(wire, () => ends++);
    const bytes = Buffer.concat(rest);
    for (const [at, byte] of damages) if (bytes.length > 0) bytes[at % bytes.length] = byte;
    wire.push(Buffer.from(begin));
    const middle = bytes.length === 0 ? 0 : cut % bytes.length;
    for (const piece of [bytes.subarray(0, middle), bytes.subarray(middle)]) {
      if (piece.length > 0) wire.push(piece);
      await turn();
    }
    // It still runs, or has ended, once; nothing that it holds is without bounds.
    // (After a goodbye it is over when the peer has closed as well.)
    expect(ends).toBeLessThanOrEqual(wire.writableEnded ? 1 : 0);
    expect(wire.sentBytes).toBeLessThan(300_000);
    connection.destroy();
    expect(ends).toBe(1);
    expect(connection.streams).toBe(0);
    await turn();
  }

  it("end a server, or leave it as it is", async () => {
    const begin = Buffer.concat([preface, settings(), settingsAck]);
    await fc.assert(
      fc.asyncProperty(frames, damage, fc.nat(), (all, damages, cut) =>
        feed((wire, onEnd) => acceptHttp2(wire, { onEnd }, echo), begin, all, damages, cut),
      ),
      runs,
    );
  });

  it("end a client, or leave it as it is", async () => {
    await fc.assert(
      fc.asyncProperty(frames, damage, fc.nat(), (all, damages, cut) =>
        feed(
          (wire, onEnd) => {
            const client = connectHttp2(wire, { onEnd });
            for (let count = 0; count < 3; count++) {
              const stream = client.request(requestFields, undefined, count === 0, {
                onFields() {},
                onData: (_buffer, start, end) => stream.taken(end - start),
                onReset() {},
              });
              stream.write(Buffer.alloc(100), count === 1);
            }
            return client;
          },
          Buffer.concat([settings(), settingsAck]),
          all,
          damages,
          cut,
        ),
      ),
      runs,
    );
  });

  it("that are no HTTP/2 end both", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 100 }), fc.nat(), async (bytes, cut) => {
        await feed((wire, onEnd) => acceptHttp2(wire, { onEnd }, echo), bytes, [bytes], [], cut);
        await feed((wire, onEnd) => connectHttp2(wire, { onEnd }), bytes, [bytes], [], cut);
      }),
      runs,
    );
  });
});
