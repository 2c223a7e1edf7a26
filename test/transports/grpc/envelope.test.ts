import { Code } from "@connectrpc/connect";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { failure } from "../../../src/testing/failure.ts";
import { envelope, openEnvelopes } from "../../../transports/connect-node/envelope.ts";

const limit = 1000;

async function* chunks(...list: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* list;
}

async function read(body: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const messages: Uint8Array[] = [];
  for await (const message of openEnvelopes(body, limit)) messages.push(message);
  return messages;
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

  it("is read back wherever it is split", async () => {
    for (let cut = 0; cut <= body.length; cut++) {
      expect(await read(chunks(body.subarray(0, cut), body.subarray(cut)))).toEqual(messages);
    }
    expect(await read(chunks(...[...body].map((byte) => Uint8Array.of(byte))))).toEqual(messages);
  });

  it("is read back in whatever pieces it comes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: limit })), fc.array(fc.nat(50)), async (list, sizes) => {
        const whole = Buffer.concat(list.map(envelope));
        const pieces: Uint8Array[] = [];
        let begin = 0;
        for (const size of sizes) {
          pieces.push(whole.subarray(begin, begin + size));
          begin += size;
        }
        const got = await read(chunks(...pieces, whole.subarray(begin)));
        expect(got.map((message) => Buffer.from(message).toString("hex"))).toEqual(
          list.map((message) => Buffer.from(message).toString("hex")),
        );
      }),
    );
  });

  it("hands out copies: a small message does not keep the chunk that it came in", async () => {
    const [, small] = await read(chunks(body));
    expect(small?.buffer.byteLength).toBe(3);
  });

  it("is refused when it ends inside a message", async () => {
    const whole = new Set([0]);
    let end = 0;
    for (const message of messages) {
      end += 5 + message.length;
      whole.add(end);
    }
    for (let length = 0; length <= body.length; length++) {
      if (whole.has(length)) continue;
      const error = await failure(() => read(chunks(body.subarray(0, length))));
      expect([error.code, error.rawMessage]).toEqual([Code.Internal, "the stream ended inside a message"]);
    }
  });

  it.each([limit + 1, 0xffff_ffff])(
    "is refused for a length of %d before the message is waited for",
    async (length) => {
      let asked = 0;
      async function* endless() {
        yield prefix(0, length);
        asked++;
        await new Promise(() => {});
      }
      const error = await failure(() => read(endless()));
      expect(error.code).toBe(Code.ResourceExhausted);
      expect(error.rawMessage).toBe(`message of ${length} bytes is longer than the limit of ${limit} bytes`);
      expect(asked).toBe(0);
    },
  );

  it("is refused for a compressed message and for flags that nobody knows", async () => {
    expect((await failure(() => read(chunks(prefix(1, 0))))).rawMessage).toContain("compressed");
    for (const flags of [2, 3, 128, 255]) {
      const error = await failure(() => read(chunks(prefix(flags, 0))));
      expect([error.code, error.rawMessage]).toEqual([Code.Internal, `got a message with unknown flags (${flags})`]);
    }
  });

  it("gives the messages that stand before the bad one", async () => {
    const got: Uint8Array[] = [];
    await failure(async () => {
      for await (const message of openEnvelopes(chunks(envelope(Uint8Array.of(1)), prefix(1, 0)), limit))
        got.push(message);
    });
    expect(got).toEqual([Uint8Array.of(1)]);
  });

  it("may be anything", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 30 })), async (list) => {
        try {
          await read(chunks(...list));
        } catch (error) {
          expect([Code.Internal, Code.ResourceExhausted]).toContain((error as { code?: unknown }).code);
        }
      }),
    );
  });
});
