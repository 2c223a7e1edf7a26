/** What a hostile peer can do, and how it ends: the connection with ENHANCE_YOUR_CALM or what the RFC has for it, and nothing else with it. */
import { describe, expect, it } from "vitest";
import { until } from "../../../src/testing/until.ts";
import type { Fields, OnStream } from "../../../transports/http2/connection.ts";
import { errorCode } from "../../../transports/http2/errors.ts";
import { flag, frameType, writeHead } from "../../../transports/http2/frames.ts";
import {
  ask,
  block,
  data,
  frame,
  headers,
  hello,
  requestFields,
  reset,
  responseFields,
  scriptedClient,
  scriptedServer,
  settings,
  uint32,
  widen,
} from "./support.ts";

const { enhanceYourCalm, protocolError, frameSizeError, flowControlError } = errorCode;
const calm = enhanceYourCalm;

/** More than any limit allows, at a rate that no limit allows. */
const many = 40_000;
const repeat = (bytes: Uint8Array) => Buffer.alloc(bytes.length * many, bytes);
const odd = (index: number) => index * 2 + 1;
const streams = (bytes: (id: number) => Uint8Array) =>
  Buffer.concat(Array.from({ length: many }, (_, index) => bytes(odd(index))));
const open = (id: number) => headers(id, requestFields, false);
const begun = (fields: Fields, flags = 0) => frame(frameType.headers, flags, 1, block(fields));
const huge = (type: number, flags = 0, id = 1) => {
  const head = Buffer.alloc(9);
  writeHead(head, 0, 2 ** 24 - 1, type, flags, id);
  return head;
};

/** Answers a request without a body, and keeps what comes with others. */
const keeps: OnStream = (stream, fields, ended) =>
  ended ? hello(stream, fields, ended) : { onFields() {}, onData() {}, onReset() {} };
const takes: OnStream = (stream) => ({
  onFields() {},
  onData: (_buffer, start, end) => stream.taken(end - start),
  onReset() {},
});
/** A field that fills the table, by its number alone from then on. */
const bomb = (id: number) => {
  const value = Buffer.alloc(3900, "b");
  const insert = Buffer.concat([Buffer.from([0x40, 1, 0x61, 0x7f, 3900 - 127 - 29 * 128 + 128, 29]), value]);
  return frame(
    frameType.headers,
    flag.endHeaders | flag.endStream,
    id,
    Buffer.concat([block(requestFields), insert, Buffer.alloc(60_000, 0xbe)]),
  );
};

/** What a client sends, to whom, and the code that it gets. */
const ofClients: Record<string, readonly [bytes: () => Uint8Array, code: number, onStream?: OnStream]> = {
  "streams that are begun and reset": [() => streams((id) => Buffer.concat([open(id), reset(id)])), calm],
  "streams that have to be reset": [() => streams((id) => Buffer.concat([open(id), widen(id, 0)])), calm],
  "requests that are malformed": [() => streams((id) => headers(id, [":method", "GET"])), calm],
  "more streams than it may": [() => streams(open), calm, keeps],
  pings: [() => repeat(frame(frameType.ping, 0, 0, Buffer.alloc(8))), calm],
  "answers to pings that were never sent": [() => repeat(frame(frameType.ping, flag.ack, 0, Buffer.alloc(8))), calm],
  settings: [() => repeat(settings()), calm],
  "settings with many entries": [
    () => Buffer.concat(Array(200).fill(settings(...Array(2000).fill([4, 65_535] as const)))),
    calm,
  ],
  "data frames with nothing in them": [() => Buffer.concat([open(1), repeat(data(1, Buffer.alloc(0)))]), calm, takes],
  "data frames of a byte": [() => Buffer.concat([open(1), repeat(data(1, Buffer.alloc(1)))]), calm, takes],
  "data frames of padding alone": [
    () => Buffer.concat([open(1), repeat(frame(frameType.data, flag.padded, 1, Buffer.alloc(1)))]),
    calm,
    takes,
  ],
  "fields without an end": [
    () =>
      Buffer.concat([
        begun(requestFields),
        repeat(frame(frameType.continuation, 0, 1, Buffer.alloc(100, "\0\x01a\x01b"))),
      ]),
    calm,
  ],
  "fields in frames with nothing in them": [
    () => Buffer.concat([begun(requestFields), repeat(frame(frameType.continuation, 0, 1))]),
    calm,
  ],
  priorities: [() => repeat(frame(frameType.priority, 0, 3, Buffer.alloc(5))), calm],
  "frames of types that are not known": [() => repeat(frame(0x77, 0, 0)), calm],
  "windows that are widened by a byte": [() => repeat(widen(0, 1)), calm],
  "data of another length than the fields said": [
    () => Buffer.concat([headers(1, [...requestFields, "content-length", "2"], false), data(1, Buffer.from("abc"))]),
    -protocolError,
  ],
  "more data than the window of the stream": [
    () => Buffer.concat([open(1), ...Array(9).fill(data(1, Buffer.alloc(16_384)))]),
    -flowControlError,
    keeps,
  ],
  "a few bytes that stand for 200 MB of fields": [() => bomb(1), -calm],
  "a frame that is announced larger than any": [() => huge(frameType.headers), frameSizeError],
  "data that is announced larger than any": [() => Buffer.concat([open(1), huge(frameType.data)]), frameSizeError],
};

describe("a server whose client sends", () => {
  it.each(Object.entries(ofClients))("%s is rid of it", async (_, [bytes, code, onStream = hello]) => {
    const { peer, server } = await scriptedClient(onStream);
    peer.send(bytes());
    if (code < 0) {
      const { payload } = await peer.next(frameType.rstStream);
      expect(payload.readUInt32BE()).toBe(-code);
      peer.send(headers(9));
      await peer.next(frameType.data, ({ id }) => id === 9);
      peer.socket.destroy();
    } else expect(await peer.goaway()).toBe(code);
    await until("the end is told", () => server.ends.length > 0);
    expect(server.streams).toBe(0);
  });

  it("questions, and does not read the answers, is rid of it", async () => {
    const { peer, server } = await scriptedClient(
      (stream) => {
        stream.respond(responseFields, false);
        stream.write(Buffer.alloc(64 * 1024 * 1024), true);
        return { onFields() {}, onData() {}, onReset() {} };
      },
      {},
      settings([4, 2 ** 31 - 1]),
    );
    peer.socket.pause();
    peer.send(widen(0, 2 ** 31 - 1 - 65_535), headers(1));
    await until("the stream is there", () => server.streams === 1);
    await new Promise((resolve) => setImmediate(resolve));
    for (let index = 0; index < 2000; index++) peer.send(frame(frameType.ping, 0, 0, Buffer.alloc(8)));
    await until("the end is told", () => server.ends.length > 0);
    expect(server.ends[0]).toMatchObject({ code: calm });
    peer.socket.destroy();
  });
});

/** What a server sends after a request on stream 1, and the code that it gets. */
const ofServers: Record<string, readonly [bytes: () => Uint8Array, code: number]> = {
  "informational fields": [() => repeat(headers(1, [":status", "103"], false)), calm],
  pings: [() => repeat(frame(frameType.ping, 0, 0, Buffer.alloc(8))), calm],
  settings: [() => repeat(settings()), calm],
  "data frames with nothing in them": [
    () => Buffer.concat([headers(1, responseFields, false), repeat(data(1, Buffer.alloc(0)))]),
    calm,
  ],
  goodbyes: [() => repeat(frame(frameType.goaway, 0, 0, Buffer.concat([uint32(1), uint32(0)]))), calm],
  pushes: [
    () => frame(frameType.pushPromise, flag.endHeaders, 1, Buffer.concat([uint32(2), block(requestFields)])),
    protocolError,
  ],
  "answers to what was not asked": [() => headers(3, responseFields), protocolError],
  "data before fields": [() => data(1, Buffer.from("a")), -protocolError],
  "trailers that are no end": [
    () => Buffer.concat([headers(1, responseFields, false), headers(1, ["a", "b"], false)]),
    -protocolError,
  ],
  "a status that is none": [() => headers(1, [":status", "abc"], false), -protocolError],
  "a few bytes that stand for 200 MB of fields": [() => bomb(1), -calm],
};

describe("a client whose server sends", () => {
  it.each(Object.entries(ofServers))("%s is rid of it", async (_, [bytes, code]) => {
    const { peer, client } = await scriptedServer();
    const asked = ask(client);
    await peer.next(frameType.headers);
    peer.send(bytes());
    if (code < 0) {
      expect((await asked).reset?.code).toBe(-code);
      expect((await peer.next(frameType.rstStream)).payload.readUInt32BE()).toBe(-code);
      const again = ask(client);
      await peer.next(frameType.headers, ({ id }) => id === 3);
      peer.send(headers(3, responseFields));
      expect((await again).fields).toEqual([responseFields]);
      client.destroy();
    } else {
      expect(await peer.goaway()).toBe(code);
      expect((await asked).reset).toMatchObject({ reason: expect.stringMatching(/^The peer /) });
      expect(client.isOpen).toBe(false);
    }
    expect(client.streams).toBe(0);
  });
});
