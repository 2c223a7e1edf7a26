import { describe, expect, it } from "vitest";
import { until } from "../../../src/testing/until.ts";
import type { Fields, Http2Stream, OnStream } from "../../../transports/http2/connection.ts";
import { connectionLost, errorCode } from "../../../transports/http2/errors.ts";
import { flag, frameType, lastStreamId, preface } from "../../../transports/http2/frames.ts";
import {
  data,
  echo,
  frame,
  headers,
  hello,
  requestFields,
  reset,
  responseFields,
  scriptedClient,
  settings,
  settingsAck,
  uint32,
  widen,
} from "./support.ts";

const trailers: Fields = ["x-status", "0"];

/** Answers every request with so many bytes and trailers, and keeps what is told of it. */
function answers(bytes: number) {
  const told: (string | number)[] = [];
  const streams: Http2Stream[] = [];
  const onStream: OnStream = (stream) => {
    streams.push(stream);
    stream.respond(responseFields, false);
    stream.write(Buffer.alloc(bytes, "d"), false);
    stream.respond(trailers, true);
    return {
      onFields: () => told.push("fields"),
      onData: (_buffer, start, end) => told.push(end - start),
      onReset: (code, reason) => told.push(code, reason),
    };
  };
  return { onStream, told, streams };
}

describe("a server", () => {
  it("understands a client that sends a byte at a time", async () => {
    const { peer } = await scriptedClient(echo);
    const said = Buffer.concat([
      headers(1, [...requestFields, "x-a", "b"], false),
      data(1, Buffer.from("hello"), true),
    ]);
    for (const byte of said) {
      peer.send(Uint8Array.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    const end = await peer.next(frameType.headers, ({ flags }) => (flags & flag.endStream) !== 0);
    const [first] = peer.frames.filter(({ type }) => type === frameType.headers);
    expect(peer.fieldsOf(first!)).toEqual(responseFields);
    expect(peer.fieldsOf(end)).toEqual(["x-a", "b"]);
    const body = peer.frames.filter(({ type }) => type === frameType.data).map(({ payload }) => payload);
    expect(Buffer.concat(body).toString()).toBe("hello");
    peer.socket.destroy();
  });

  it("sends no more than the windows allow, also when they shrink, and trailers after the data", async () => {
    const { onStream } = answers(25);
    const { peer } = await scriptedClient(onStream, {}, settings([4, 10]));
    const sent = () => peer.frames.filter(({ type }) => type === frameType.data).map(({ payload }) => payload.length);
    const ping = (mark: number) => frame(frameType.ping, 0, 0, Buffer.alloc(8, mark));
    const answer = (mark: number) => peer.next(frameType.ping, ({ payload }) => payload[0] === mark);
    peer.send(headers(1), ping(1));
    await answer(1);
    expect(sent()).toEqual([10]);
    // The window is 6 less than nothing now.
    peer.send(settings([4, 4]), widen(1, 6), ping(2));
    await answer(2);
    expect(sent()).toEqual([10]);
    peer.send(widen(1, 3), ping(3));
    await answer(3);
    expect(sent()).toEqual([10, 3]);
    expect(peer.frames.filter(({ type }) => type === frameType.headers).length).toBe(1);
    peer.send(settings([4, 100]));
    await peer.next(frameType.headers, ({ flags }) => (flags & flag.endStream) !== 0);
    expect(sent()).toEqual([10, 3, 12]);
    expect(peer.frames.at(-1)!.type).toBe(frameType.headers);
    peer.socket.destroy();
  });

  it("gives back the window for padding, and for streams that are given up, refused or over", async () => {
    const { peer, server } = await scriptedClient(() => ({ onFields() {}, onData() {}, onReset() {} }), {
      connectionWindowBytes: 65_535,
    });
    // Ten times the window, none of it taken.
    for (let id = 1; id < 100; id += 10) {
      const padded = Buffer.concat([Buffer.from([255]), Buffer.alloc(16_383)]);
      peer.send(headers(id, requestFields, false), frame(frameType.data, flag.padded, id, padded));
      peer.send(data(id, Buffer.alloc(16_384)), reset(id));
      peer.send(headers(id + 2, [":method", "GET"], false), data(id + 2, Buffer.alloc(16_384)));
      peer.send(data(id + 2, Buffer.alloc(16_383)), frame(frameType.ping, 0, 0, Buffer.alloc(8, id)));
      await peer.next(frameType.ping, ({ payload }) => payload[0] === id);
    }
    expect(server.isOpen).toBe(true);
    const given = peer.frames.filter(({ type, id }) => type === frameType.windowUpdate && id === 0);
    const sum = given.reduce((all, { payload }) => all + payload.readUInt32BE(), 0);
    expect(sum).toBeGreaterThan(10 * 65_534 - 65_535);
    peer.socket.destroy();
  });

  it("widens the window of a stream whose data is taken, and of no other", async () => {
    const { peer } = await scriptedClient(
      (stream) => ({
        onFields() {},
        onData: (_buffer, start, end) => stream.id === 1 && stream.taken(end - start),
        onReset() {},
      }),
      { streamWindowBytes: 65_535 },
    );
    peer.send(headers(1, requestFields, false), headers(3, requestFields, false));
    for (const id of [1, 3]) for (let count = 0; count < 2; count++) peer.send(data(id, Buffer.alloc(16_384)));
    const { payload } = await peer.next(frameType.windowUpdate, ({ id }) => id === 1);
    expect(payload.readUInt32BE()).toBe(2 * 16_384 + 65_535);
    expect(peer.frames.some(({ type, id }) => type === frameType.windowUpdate && id === 3)).toBe(false);
    peer.socket.destroy();
  });

  it("answers a ping with what it says", async () => {
    const { peer } = await scriptedClient();
    peer.send(frame(frameType.ping, 0, 0, Buffer.from("8 bytes!")));
    const { flags, payload } = await peer.next(frameType.ping);
    expect([flags, payload.toString()]).toEqual([flag.ack, "8 bytes!"]);
    peer.socket.destroy();
  });

  it("lets a client stop whose answer is complete, and bears with what was on its way", async () => {
    const { onStream, told } = answers(3);
    const { peer, server } = await scriptedClient(onStream);
    peer.send(headers(1, requestFields, false));
    const { payload } = await peer.next(frameType.rstStream);
    expect(payload.readUInt32BE()).toBe(errorCode.noError);
    expect(peer.frames.at(-2)).toMatchObject({ type: frameType.headers, flags: flag.endHeaders | flag.endStream });
    peer.send(data(1, Buffer.from("late")), headers(1, trailers), reset(1), widen(1, 1), headers(3));
    await peer.next(frameType.headers, ({ id }) => id === 3);
    expect(told).toEqual([]);
    expect(server.isOpen).toBe(true);
    peer.socket.destroy();
  });

  it("tells of a stream that the client resets, and of one that is lost with the connection", async () => {
    const told: (string | number)[] = [];
    const { peer } = await scriptedClient(() => ({
      onFields() {},
      onData() {},
      onReset: (code, reason) => told.push(code, reason),
    }));
    peer.send(headers(1), headers(3), reset(1, errorCode.cancel));
    await until("the reset is told", () => told.length > 0);
    expect(told.splice(0)).toEqual([errorCode.cancel, "The peer reset the stream"]);
    peer.socket.destroy();
    await until("the loss is told", () => told.length > 0);
    expect(told[0]).toBe(connectionLost);
  });

  it("cuts fields that are longer than a frame", async () => {
    const long: Fields = [":status", "200", "x-long", "v".repeat(40_000)];
    const { peer } = await scriptedClient((stream) => {
      stream.respond(long, true);
      return { onFields() {}, onData() {}, onReset() {} };
    });
    peer.send(headers(1));
    const last = await peer.next(frameType.continuation, ({ flags }) => flags === flag.endHeaders);
    const parts = peer.frames.filter(({ id }) => id === 1);
    expect(parts.map(({ type, payload }) => [type, payload.length <= 16_384])).toEqual([
      [1, true],
      [9, true],
      [9, true],
    ]);
    const whole = { ...last, payload: Buffer.concat(parts.map(({ payload }) => payload)) };
    expect(peer.fieldsOf(whole)).toEqual(long);
    peer.socket.destroy();
  });

  it("sends no fields that are more than the client takes, and says so", async () => {
    const told: (string | number)[] = [];
    const { peer } = await scriptedClient(
      (stream) => {
        stream.respond([":status", "200", "x-long", "v".repeat(100)], true);
        return { onFields() {}, onData() {}, onReset: (code, reason) => told.push(code, reason) };
      },
      {},
      settings([6, 100]),
    );
    peer.send(headers(1));
    expect((await peer.next(frameType.rstStream)).payload.readUInt32BE()).toBe(errorCode.internalError);
    expect(told).toEqual([errorCode.enhanceYourCalm, "180 bytes of fields are more than the 100 that the peer takes"]);
    peer.socket.destroy();
  });

  it("bears with a client that does not know of a small window yet", async () => {
    const { peer } = await scriptedClient(hello, { streamWindowBytes: 10 }, settings(), Buffer.alloc(0));
    peer.send(headers(1, requestFields, false), data(1, Buffer.alloc(11), true));
    await peer.next(frameType.data, ({ id }) => id === 1);
    peer.send(settingsAck, headers(3, requestFields, false), data(3, Buffer.alloc(11)));
    const { id, payload } = await peer.next(frameType.rstStream);
    expect([id, payload.readUInt32BE()]).toEqual([3, errorCode.flowControlError]);
    peer.socket.destroy();
  });

  it("closes once its client has heard of that, and the streams are over", async () => {
    const { onStream } = answers(20);
    const { peer, server } = await scriptedClient(onStream, {}, settings([4, 10]));
    peer.send(headers(1));
    await peer.next(frameType.data);
    server.close();
    expect(server.isOpen).toBe(false);
    const first = await peer.next(frameType.goaway);
    expect([first.payload.readUInt32BE(), first.payload.readUInt32BE(4)]).toEqual([lastStreamId, errorCode.noError]);
    // What was on its way when the client heard of it is answered; what comes after is not.
    const { payload } = await peer.next(frameType.ping);
    peer.send(headers(3), frame(frameType.ping, flag.ack, 0, payload));
    peer.send(headers(5, requestFields, false), data(5, Buffer.from("late"), true));
    const last = await peer.next(frameType.goaway, (one) => one !== first);
    expect([last.payload.readUInt32BE(), last.payload.readUInt32BE(4)]).toEqual([3, errorCode.noError]);
    expect(server.streams).toBe(2);
    peer.send(widen(1, 10), widen(3, 10));
    for (const stream of [1, 3])
      await peer.next(frameType.headers, ({ id, flags }) => id === stream && (flags & flag.endStream) !== 0);
    await until("the end is told", () => server.ends.length > 0);
    expect(server.ends).toEqual([undefined]);
    expect(peer.frames.some(({ id }) => id === 5)).toBe(false);
  });

  it("ends when its client says goodbye and has nothing left to hear", async () => {
    const { peer, server } = await scriptedClient();
    peer.send(headers(1), frame(frameType.goaway, 0, 0, Buffer.concat([uint32(0), uint32(0)])));
    await peer.next(frameType.data);
    await until("the end is told", () => server.ends.length > 0);
    expect(server.ends).toEqual([undefined]);
  });

  it("ends over a handler that throws, and tells why", async () => {
    const { peer, server } = await scriptedClient(() => {
      throw new Error("no handler");
    });
    peer.send(headers(1));
    expect(await peer.goaway()).toBe(errorCode.internalError);
    expect(server.ends[0]).toMatchObject({ message: "no handler" });
  });

  it("expects a client's first words", async () => {
    const { peer, server } = await scriptedClient(hello, {}, Buffer.concat([preface, settingsAck]));
    expect(await peer.goaway()).toBe(errorCode.protocolError);
    expect(server.ends).toHaveLength(1);
  });
});
