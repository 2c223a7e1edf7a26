import { MessageChannel } from "node:worker_threads";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { until } from "../../../src/testing/until.ts";
import type { Channel } from "../../../transports/link/channel.ts";
import { createRingChannel, createRings, type Rings } from "../../../transports/link/ring-channel.ts";

interface End {
  readonly channel: Channel;
  readonly heard: unknown[];
  closed: Error | "in good order" | undefined;
}

function createEnds(): { host: End; guest: End; rings: Rings; posted: unknown[] } {
  const { port1, port2 } = new MessageChannel();
  onTestFinished(() => {
    port1.close();
    port2.close();
  });
  const rings = createRings();
  const posted: unknown[] = [];
  const post = port1.postMessage.bind(port1);
  port1.postMessage = (...all: Parameters<typeof post>) => {
    posted.push(all[0]);
    post(...all);
  };
  const end = (channel: Channel): End => {
    const made: End = { channel, heard: [], closed: undefined };
    channel.listen({
      onMessage: (message) => made.heard.push(message),
      onClose: (error) => {
        made.closed = error ?? "in good order";
      },
    });
    return made;
  };
  return {
    host: end(createRingChannel(port1, "host", rings)),
    guest: end(createRingChannel(port2, "guest", rings)),
    rings,
    posted,
  };
}

const chunk = (length: number, seed = length) => new Uint8Array(length).fill(seed % 251);

describe("a channel over shared memory", () => {
  it("brings chunks of every length in their order, and control messages as they were sent", async () => {
    const lengths = fc.array(fc.oneof(fc.nat(100), fc.nat(20_000), fc.constantFrom(16 * 1024, 70_000, 1 << 20)), {
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(lengths, fc.boolean(), async (sizes, fromHost) => {
        const { host, guest } = createEnds();
        const [from, to] = fromHost ? [host, guest] : [guest, host];
        for (const [index, size] of sizes.entries()) from.channel.post(chunk(size, index));
        from.channel.post({ type: "stop" });
        await until("all have come", () => to.heard.length === sizes.length + 1, { everyMs: 0 });
        const chunks = to.heard.filter((message) => message instanceof Uint8Array);
        expect(chunks.map(({ length }) => length)).toEqual(sizes);
        for (const [index, got] of chunks.entries()) expect(Buffer.compare(got, chunk(got.length, index))).toBe(0);
        expect(to.heard).toContainEqual({ type: "stop" });
      }),
      { numRuns: 40 },
    );
  });

  it("sends over its port nothing for a chunk whose reader is awake, and one word for one that sleeps", async () => {
    const { host, guest, posted } = createEnds();
    for (let count = 0; count < 100; count++) host.channel.post(chunk(64));
    await until("all have come", () => guest.heard.length === 100, { everyMs: 0 });
    expect(posted.length).toBeLessThanOrEqual(1);
  });

  it("hands over a long chunk as a buffer, not as an array of bytes, each of which Deno would look at", () => {
    const { host, posted } = createEnds();
    host.channel.post(chunk(70_000));
    expect(posted.map((message) => message instanceof ArrayBuffer)).toEqual([true]);
  });

  it("does not block a writer whose reader is busy, and loses nothing", async () => {
    const { host, guest } = createEnds();
    const count = 200;
    for (let index = 0; index < count; index++) host.channel.post(chunk(10_000, index));
    expect(guest.heard).toEqual([]);
    await until("all have come", () => guest.heard.length === count, { everyMs: 0 });
    expect(guest.heard.map((got) => (got as Uint8Array)[0])).toEqual(
      Array.from({ length: count }, (_, index) => index),
    );
  });

  it("closes for a guest when all has gone out, and for a host although its guest reads no more", async () => {
    const { host, guest } = createEnds();
    for (let index = 0; index < 50; index++) guest.channel.post(chunk(10_000, index));
    for (let index = 0; index < 50; index++) host.channel.post(chunk(10_000, index));
    const closing = guest.channel.close();
    await closing;
    await host.channel.close();
    expect(host.heard.length).toBe(50);
  });

  it("tells a host what its guest wrote last, although it was not woken", async () => {
    const { host, guest } = createEnds();
    await new Promise((resolve) => setImmediate(resolve));
    guest.channel.post(chunk(10, 1));
    guest.channel.post(chunk(10, 2));
    void host.channel.close();
    expect(host.heard).toEqual([chunk(10, 1), chunk(10, 2)]);
  });

  it.each([
    ["written more than there is room for", 0, 1 << 30],
    ["written what does not end where a record ends", 0, 3],
    ["taken what was never written", 16, 1 << 30],
  ])("tells of a peer that has %s", async (_, word, value) => {
    const { host, rings } = createEnds();
    new Int32Array(word === 0 ? rings.toHost : rings.toGuest)[word] = value;
    // More than there is room for: only then does a writer look how far its reader is.
    for (let index = 0; index < 20; index++) host.channel.post(chunk(10_000));
    await host.channel.close();
    expect(host.closed).toMatchObject({ name: "FrameError" });
  });

  it("hands on no more at its end than the memory holds, although the peer goes on writing", async () => {
    const { host, rings } = createEnds();
    const words = new Int32Array(rings.toHost);
    // Nothing but records without a byte, and a reader that finds the memory full at each look.
    let heard = 0;
    host.channel.listen({
      onMessage() {
        heard++;
        Atomics.add(words, 0, 4);
      },
      onClose: () => {},
    });
    Atomics.store(words, 0, 4);
    await host.channel.close();
    expect(heard).toBeLessThanOrEqual(256 * 1024);
  });
});
