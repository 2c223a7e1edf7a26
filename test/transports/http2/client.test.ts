import { describe, expect, it } from "vitest";
import { until } from "../../../src/testing/until.ts";
import type { Fields } from "../../../transports/http2/connection.ts";
import { connectionLost, errorCode } from "../../../transports/http2/errors.ts";
import { flag, frameType } from "../../../transports/http2/frames.ts";
import {
  ask,
  data,
  frame,
  headers,
  requestFields,
  reset,
  responseFields,
  scriptedServer,
  settings,
  uint32,
} from "./support.ts";

const goaway = (last: number, code: number, text = "") =>
  frame(frameType.goaway, 0, 0, Buffer.concat([uint32(last), uint32(code), Buffer.from(text)]));
const trailers: Fields = ["x-status", "0"];
const answer = (id: number) => [headers(id, responseFields, false), data(id, Buffer.from("hello"), true)] as const;
const asked = (id: number) => (one: { readonly id: number }) => one.id === id;

describe("a client", () => {
  it("asks, and hears fields, data and trailers, but nothing informational", async () => {
    const { peer, client } = await scriptedServer();
    const answered = ask(client, Buffer.from("question"), ["x-deadline", "5m"]);
    const request = await peer.next(frameType.headers);
    expect(peer.fieldsOf(request)).toEqual([...requestFields, "x-deadline", "5m"]);
    expect(await peer.next(frameType.data)).toMatchObject({ flags: flag.endStream, payload: Buffer.from("question") });
    peer.send(headers(1, [":status", "103", "link", "a"], false), headers(1, responseFields, false));
    peer.send(data(1, Buffer.from("hel")), data(1, Buffer.from("lo")), headers(1, trailers));
    const { fields, body, reset } = await answered;
    expect([fields, body.toString(), reset]).toEqual([[responseFields, trailers], "hello", undefined]);
    expect(client.streams).toBe(0);
    client.destroy();
  });

  it("takes an answer that is complete before the request for what it is", async () => {
    const { peer, client } = await scriptedServer();
    let told = 0;
    const stream = client.request(requestFields, undefined, false, {
      onFields: (_fields, ended) => ended && told++,
      onData() {},
      onReset: () => {
        throw new Error("it is no failure");
      },
    });
    await peer.next(frameType.headers);
    peer.send(headers(1, responseFields), reset(1, errorCode.noError), frame(frameType.ping, 0, 0, Buffer.alloc(8)));
    await peer.next(frameType.ping);
    expect(told).toBe(1);
    expect(stream.write(Buffer.from("more"), true)).toBe(true);
    expect(client.streams).toBe(0);
    expect(client.isOpen).toBe(true);
    client.destroy();
  });

  it("gives up streams, and bears with what comes for them", async () => {
    const { peer, client } = await scriptedServer();
    for (let id = 1; id < 20_000; id += 2) void ask(client).stream.reset(errorCode.cancel);
    await peer.next(frameType.rstStream, asked(19_999));
    for (let id = 1; id < 20_000; id += 2) peer.send(...answer(id));
    const last = ask(client);
    await peer.next(frameType.headers, asked(20_001));
    peer.send(...answer(20_001));
    expect((await last).body.toString()).toBe("hello");
    client.destroy();
  });

  it("keeps to the number of streams that the server allows", async () => {
    const { peer, client } = await scriptedServer({}, settings([3, 1]));
    const answers = [ask(client), ask(client), ask(client, Buffer.from("last"))];
    answers[1]!.stream.reset(errorCode.cancel);
    peer.send(frame(frameType.ping, 0, 0, Buffer.alloc(8)));
    await peer.next(frameType.ping);
    expect(peer.frames.filter(({ type }) => type === frameType.headers).length).toBe(1);
    peer.send(...answer(1));
    await answers[0];
    // The one that was given up was never sent.
    await peer.next(frameType.data, asked(3));
    expect(client.streams).toBe(1);
    peer.send(...answer(3));
    expect((await answers[2]!).body.toString()).toBe("hello");
    client.destroy();
  });

  it("sends no fields that are more than the server takes, and says so", async () => {
    const { peer, client } = await scriptedServer({}, settings([6, 200]));
    expect(client.peerMaxFieldBytes).toBe(200);
    const { reset } = await ask(client, undefined, ["x-long", "v".repeat(100)]);
    expect(reset).toEqual({
      code: errorCode.enhanceYourCalm,
      reason: "313 bytes of fields are more than the 200 that the peer takes",
    });
    const next = ask(client);
    await peer.next(frameType.headers, asked(1));
    peer.send(...answer(1));
    expect((await next).reset).toBeUndefined();
    client.destroy();
  });

  it.each([
    ["a name in upper case", ["X-A", "b"]],
    ["a value with a line break", ["x-a", "b\r\nx-c: d"]],
    ["a value that is no bytes", ["x-a", "\u20ac"]],
  ])("refuses to send %s", async (_, more) => {
    const { peer, client } = await scriptedServer();
    expect(() => ask(client, undefined, more)).toThrow(TypeError);
    expect(client.streams).toBe(0);
    const next = ask(client);
    await peer.next(frameType.headers, asked(1));
    peer.send(...answer(1));
    expect((await next).reset).toBeUndefined();
    client.destroy();
  });

  it("hears that the server goes away: what it has looked at is answered, the rest may be tried again", async () => {
    const { peer, client } = await scriptedServer({}, settings([3, 2]));
    const [first, second, waiting] = [ask(client), ask(client), ask(client)];
    await peer.next(frameType.headers, asked(3));
    peer.send(goaway(1, errorCode.noError));
    for (const refused of [second!, waiting!])
      expect((await refused).reset).toMatchObject({ code: errorCode.refusedStream });
    expect(client.isOpen).toBe(false);
    expect((await ask(client)).reset).toMatchObject({ code: errorCode.refusedStream });
    expect(client.ends).toEqual([]);
    peer.send(...answer(1));
    expect((await first!).body.toString()).toBe("hello");
    await until("the end is told", () => client.ends.length > 0);
    expect(client.ends).toEqual([undefined]);
  });

  it("says why the server has ended the connection", async () => {
    const { peer, client } = await scriptedServer();
    const lost = ask(client);
    await peer.next(frameType.headers);
    peer.send(goaway(1, errorCode.enhanceYourCalm, "too_many_pings\n\u001b[2J"));
    peer.socket.end();
    const reason = "The peer ended the connection: ENHANCE_YOUR_CALM (too_many_pings\\n\\x1b[2J)";
    expect((await lost).reset).toEqual({ code: connectionLost, reason });
    expect(client.ends).toMatchObject([{ message: reason, code: errorCode.enhanceYourCalm }]);
  });

  it("closes when its streams are over", async () => {
    const { peer, client } = await scriptedServer();
    const answered = ask(client);
    await peer.next(frameType.headers);
    client.close();
    await peer.next(frameType.goaway);
    expect((await ask(client)).reset).toMatchObject({ code: errorCode.refusedStream });
    expect(peer.isClosed).toBe(false);
    peer.send(...answer(1));
    expect((await answered).body.toString()).toBe("hello");
    await until("the connection is over", () => peer.isClosed);
    expect(client.ends).toEqual([undefined]);
  });

  it("loses its streams with the socket", async () => {
    const { peer, client } = await scriptedServer();
    const lost = ask(client);
    await peer.next(frameType.headers);
    peer.socket.destroy();
    expect((await lost).reset?.code).toBe(connectionLost);
    expect(client.ends).toHaveLength(1);
    expect(client.isOpen).toBe(false);
  });

  it("does not wait for the server's settings", async () => {
    const { peer, client } = await scriptedServer({}, settings());
    const early = ask(client, Buffer.from("early"));
    await peer.next(frameType.data);
    peer.send(...answer(1));
    expect((await early).reset).toBeUndefined();
    client.destroy();
  });
});
