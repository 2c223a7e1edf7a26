import { describe, expect, it } from "vitest";
import { until } from "../../../src/testing/until.ts";
import type { Http2Stream, OnStream } from "../../../transports/http2/connection.ts";
import { ask, collector, echo, hello, ourPair, requestFields, responseFields } from "./support.ts";

const mebibyte = 1024 * 1024;

/** Writes pieces of 64 KiB as long as it may, `total` bytes in all, and counts what was handed on. */
function producer(total: number) {
  const state = { written: 0, waits: 0 };
  const onStream: OnStream = (stream) => {
    const write = () => {
      while (state.written < total) {
        state.written += 65_536;
        if (!stream.write(Buffer.alloc(65_536, state.written / 65_536), state.written >= total)) {
          state.waits++;
          return;
        }
      }
    };
    stream.respond(responseFields, false);
    write();
    return { onFields() {}, onData() {}, onReset() {}, onWritable: write };
  };
  return { state, onStream };
}

/** Until something has not changed for some turns of the loop. */
async function settled(what: string, look: () => number): Promise<number> {
  let before = -1;
  let same = 0;
  return until(`${what} stays the same`, () => {
    same = look() === before ? same + 1 : 0;
    before = look();
    return same >= 10 ? before : undefined;
  });
}

describe("backpressure", () => {
  it("of a reader that takes nothing stops its writer, and nobody else", async () => {
    const total = 16 * mebibyte;
    const { state, onStream } = producer(total);
    const { client } = await ourPair((stream, fields, ended) => (ended ? onStream : echo)(stream, fields, ended));
    let received = 0;
    let isTaking = false;
    let isOver = false;
    const stream: Http2Stream = client.request(requestFields, undefined, true, {
      onFields() {},
      onData(buffer, start, end, ended) {
        for (let at = start; at < end; at += 1000) {
          const byte = received + at - start;
          if (buffer[at] !== ((Math.floor(byte / 65_536) + 1) & 255)) throw new Error(`byte ${byte} is another one`);
        }
        received += end - start;
        isOver = ended;
        if (isTaking) stream.taken(end - start);
      },
      onReset() {},
    });
    expect(await settled("what the reader has", () => received)).toBe(128 * 1024);
    expect(state.written).toBeLessThanOrEqual(3 * 65_536);
    const others = await Promise.all(
      Array.from({ length: 100 }, (_, index) => ask(client, Buffer.alloc(index * 1000 + 1))),
    );
    expect(others.map(({ body }) => body.length)).toEqual(others.map((_, index) => index * 1000 + 1));
    isTaking = true;
    stream.taken(received);
    await until("all has come", () => isOver);
    expect(received).toBe(total);
    client.destroy();
  });

  it("of a socket that is not read stops who writes, and no data is lost", async () => {
    const total = 64 * mebibyte;
    const { state, onStream } = producer(total);
    const { client, sockets } = await ourPair(onStream, {
      streamWindowBytes: 256 * mebibyte,
      connectionWindowBytes: 256 * mebibyte,
    });
    sockets[0].pause();
    let received = 0;
    const answered = new Promise<void>((resolve) => {
      const stream: Http2Stream = client.request(requestFields, undefined, true, {
        onFields() {},
        onData(_buffer, start, end, ended) {
          received += end - start;
          stream.taken(end - start);
          if (ended) resolve();
        },
        onReset() {},
      });
    });
    await until("the answer has begun", () => state.written > 0);
    // What the kernel holds, and what is gathered beside it.
    expect(await settled("what was written", () => state.written)).toBeLessThan(24 * mebibyte);
    expect(sockets[1].writableLength).toBeLessThan(2 * mebibyte);
    sockets[0].resume();
    await answered;
    expect(received).toBe(total);
    expect(state.waits).toBeGreaterThan(0);
    client.destroy();
  });

  it("of a server that reads nothing lets requests wait, and those that are given up are never sent", async () => {
    const seen: string[] = [];
    const { client, sockets } = await ourPair((stream, fields, ended) => {
      seen.push(fields[9]!);
      return hello(stream, fields, ended);
    });
    await ask(client, undefined, ["x-number", "first"]);
    sockets[1].pause();
    const asked = Array.from({ length: 20_000 }, (_, index) =>
      ask(client, undefined, ["x-number", `${index}`, "x-long", "v".repeat(1000)]),
    );
    await settled("what waits in the socket", () => sockets[0].writableLength);
    expect(sockets[0].writableLength).toBeLessThan(2 * mebibyte);
    for (const [index, { stream }] of asked.entries()) if (index % 2 === 1) stream.reset(8);
    sockets[1].resume();
    const answers = await Promise.all(asked.filter((_, index) => index % 2 === 0));
    expect(answers.every(({ body }) => body.toString() === "hello")).toBe(true);
    expect(seen.length).toBeLessThan(19_000);
    client.destroy();
  });

  it("of a client that reads no answers keeps them on their streams", async () => {
    const { client, server, sockets } = await ourPair(
      (stream) => {
        stream.respond(responseFields, false);
        stream.write(Buffer.alloc(100_000), false);
        stream.respond(["x-status", "0"], true);
        return { onFields() {}, onData() {}, onReset() {} };
      },
      { maxStreams: 100 },
    );
    sockets[0].pause();
    const answers = Array.from({ length: 1000 }, () => ask(client));
    await until("streams are open", () => server.streams > 0);
    await settled("what waits in the socket", () => sockets[1].writableLength);
    expect(sockets[1].writableLength).toBeLessThan(2 * mebibyte);
    sockets[0].resume();
    for (const { body } of await Promise.all(answers)) expect(body.length).toBe(100_000);
    client.destroy();
  });

  it("gives every stream its turn", async () => {
    const { client } = await ourPair((stream) => {
      stream.respond(responseFields, false);
      stream.write(Buffer.alloc(mebibyte), true);
      return { onFields() {}, onData() {}, onReset() {} };
    });
    const begun = new Set<number>();
    const begunAtFirstEnd = await new Promise<number>((resolve) => {
      for (let index = 0; index < 20; index++) {
        const take = collector(
          () => stream,
          () => resolve(begun.size),
        );
        const stream: Http2Stream = client.request(requestFields, undefined, true, {
          ...take,
          onData(buffer, start, end, ended) {
            begun.add(index);
            take.onData(buffer, start, end, ended);
          },
        });
      }
    });
    expect(begunAtFirstEnd).toBe(20);
    client.destroy();
  });
});
