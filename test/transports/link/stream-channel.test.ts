import { duplexPair, PassThrough } from "node:stream";
import { ConnectError } from "@connectrpc/connect";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { once } from "../../../transports/calls/iterables.ts";
import { createLink } from "../../../transports/link/link.ts";
import { createStreamChannel } from "../../../transports/link/stream-channel.ts";
import { call, echo } from "./support.ts";

const megabyte = 1024 * 1024;
/** Enough for messages of a megabyte, as the default is for those of 64. */
const maxBytes = 2 * megabyte + 1024;

interface Heard {
  readonly messages: unknown[];
  readonly closed: Promise<Error | undefined>;
}

function hear(channel: ReturnType<typeof createStreamChannel>): Heard {
  const messages: unknown[] = [];
  const { promise: closed, resolve } = Promise.withResolvers<Error | undefined>();
  channel.listen({ onMessage: (message) => messages.push(message), onClose: resolve });
  return { messages, closed };
}

/** What a stream makes of bytes that come in pieces of these sizes. */
async function read(bytes: Buffer, sizes: readonly number[], maxBytes?: number): Promise<Heard> {
  const stream = new PassThrough();
  const heard = hear(createStreamChannel(stream, maxBytes === undefined ? {} : { maxBytes }));
  let begin = 0;
  for (const size of [...sizes, bytes.length]) {
    if (begin < bytes.length) stream.write(bytes.subarray(begin, begin + size));
    begin += size;
  }
  stream.end();
  await heard.closed;
  return heard;
}

/** What a channel writes. */
async function written(messages: readonly (Uint8Array<ArrayBuffer> | object)[]): Promise<Buffer> {
  const [near, far] = duplexPair();
  const chunks: Buffer[] = [];
  far.on("data", (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise((resolve) => far.once("end", resolve));
  const channel = createStreamChannel(near);
  for (const message of messages) channel.post(message);
  await channel.close();
  await ended;
  return Buffer.concat(chunks);
}

describe("a channel over a stream", () => {
  const message = fc.oneof(
    fc.uint8Array({ maxLength: 50 }).map((bytes) => Uint8Array.from(bytes)),
    fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean())).map((fields) => ({ ...fields })),
  );

  it("brings every message, in order, however the bytes are cut", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(message), fc.array(fc.nat(20), { maxLength: 40 }), async (messages, sizes) => {
        const { messages: got } = await read(await written(messages), sizes);
        expect(got).toEqual(messages);
      }),
      { numRuns: 50 },
    );
  });

  it("closes over garbage, and never throws at its owner", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array(), fc.array(fc.nat(20), { maxLength: 10 }), async (bytes, sizes) => {
        await read(Buffer.from(bytes), sizes);
      }),
      { numRuns: 100 },
    );
  });

  it("refuses a message that is too long by its length alone", async () => {
    const { closed, messages } = await read(Buffer.from([0, 0, 4, 1, 0]), [], 1024);
    expect((await closed)?.message).toBe("Cannot read a message of 1025 bytes: the limit is 1024 bytes");
    expect(messages).toEqual([]);
  });

  it.each([
    ["of no known kind", Buffer.from([0, 0, 0, 0, 9]), "Cannot read a message of kind 9"],
    ["that is no JSON", Buffer.from([0, 0, 0, 1, 1, 0x7b]), "Cannot read a control message: it is not JSON"],
  ])("refuses a message %s", async (_, bytes, text) => {
    expect((await (await read(bytes, [])).closed)?.message).toBe(text);
  });

  it("takes a link's calls however many there are at once", async () => {
    const [near, far] = duplexPair();
    const channels = { host: createStreamChannel(near, { maxBytes }), guest: createStreamChannel(far, { maxBytes }) };
    const link = (side: "host" | "guest") => {
      const channel = channels[side];
      const made = createLink({ side, maxMessageBytes: megabyte, post: (chunk) => channel.post(chunk) });
      channel.listen({
        onMessage: (message) => made.receive(message as Uint8Array),
        onClose: (error) => made.close(ConnectError.from(error)),
      });
      return made;
    };
    link("guest").serve(0, echo);
    const carrier = link("host").carrier(0);
    const sizes = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const input = once(new Uint8Array(megabyte));
        let size = 0;
        for await (const output of carrier.stream(call(input)).output) {
          size += output.length;
        }
        return size;
      }),
    );
    expect(sizes).toEqual(Array(20).fill(megabyte));
  });

  it("sends nothing once it is closed", async () => {
    const [near, far] = duplexPair();
    const chunks: Buffer[] = [];
    far.on("data", (chunk: Buffer) => chunks.push(chunk));
    const channel = createStreamChannel(near);
    await channel.close();
    channel.post({ late: true });
    await channel.close();
    expect(chunks).toEqual([]);
  });
});
