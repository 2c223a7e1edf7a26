import { Code, ConnectError } from "@connectrpc/connect";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { failure } from "../../../src/testing/failure.ts";
import { until } from "../../../src/testing/until.ts";
import { windowBytes } from "../../../transports/link/credit.ts";
import {
  decodeChunk,
  decodeEnd,
  encodeChunk,
  encodeCredit,
  encodePayload,
  type Frame,
  FrameError,
  frameType,
} from "../../../transports/link/frames.ts";
import { createLink } from "../../../transports/link/link.ts";
import { call, collect, echo, kilobyte, messages, pattern, respond, silence, streamsOnly } from "./support.ts";

describe("a link with a hostile peer", () => {
  /** The host's end; what it posts is decoded. */
  function createVictim(maxMessageBytes = kilobyte) {
    const sent: Frame[] = [];
    const link = createLink({ side: "host", maxMessageBytes, post: (chunk) => sent.push(...decodeChunk(chunk)) });
    const receive = (...frames: Frame[]) => link.receive(encodeChunk(frames));
    return { link, sent, receive };
  }
  const frame = (type: number, stream: number, payload: Uint8Array = new Uint8Array()): Frame => ({
    type,
    stream,
    payload,
  });
  const open = (stream: number, target = 0) =>
    frame(frameType.open, stream, encodePayload({ path: "/a/B", target, header: [] }));
  const json = (value: unknown) => Buffer.from(JSON.stringify(value));
  const flushed = () => new Promise((resolve) => setImmediate(resolve));

  it("ignores frames for streams that it does not know", async () => {
    const { receive, sent } = createVictim();
    for (const type of Object.values(frameType))
      if (type !== frameType.open) receive(frame(type, 99, Buffer.from("nonsense")));
    await flushed();
    expect(sent).toEqual([]);
  });

  it.each([
    ["its own numbers", [open(1)]],
    ["the same number twice", [open(2), open(2)]],
    ["a number that is lower than the last", [open(4), open(2)]],
  ])("refuses streams with %s", (_, frames) => {
    const { receive } = createVictim();
    expect(() => receive(...frames)).toThrow(FrameError);
  });

  it("accepts that numbers begin again when they are used up", async () => {
    const { link, receive, sent } = createVictim();
    link.serve(0, { ...streamsOnly, stream: () => respond(messages()) });
    for (const stream of [2, 2 ** 31 - 2, 2 ** 32 - 6, 2 ** 32 - 2, 0, 4]) receive(open(stream));
    await until("six calls have ended", () => sent.filter(({ type }) => type === frameType.end).length === 6);
    expect(() => receive(open(2))).toThrow("its number is not the peer's to give");
  });

  it.each([
    ["a header from the side that calls", (stream: number) => frame(frameType.header, stream, json([]))],
    ["an end from the side that calls", (stream: number) => frame(frameType.end, stream, json({ trailer: [] }))],
    ["a frame of an unknown type", (stream: number) => frame(99, stream)],
    ["a cancel that is no JSON", (stream: number) => frame(frameType.cancel, stream, Buffer.from("{"))],
    [
      "a cancel with a code that is none",
      (stream: number) => frame(frameType.cancel, stream, json({ code: 0, message: "" })),
    ],
    ["a credit of the wrong length", (stream: number) => frame(frameType.credit, stream, Buffer.from("123"))],
    ["a credit for what was never sent", (stream: number) => frame(frameType.credit, stream, encodeCredit(1))],
    ["a message over the limit", (stream: number) => frame(frameType.message, stream, new Uint8Array(kilobyte + 1))],
  ])("refuses %s", (_, bad) => {
    const { link, receive } = createVictim();
    link.serve(0, { ...streamsOnly, stream: ({ input }) => respond(input) });
    receive(open(2));
    expect(() => receive(bad(2))).toThrow(FrameError);
  });

  it.each([
    ["an open that is no JSON", Buffer.from("open")],
    ["an open without a path", json({ target: 0, header: [] })],
    ["an open with a target that is no number", json({ path: "/a/B", target: "0", header: [] })],
    ["an open with metadata that headers cannot hold", json({ path: "/a/B", target: 0, header: [["a", "x\ny"]] })],
    ["an open with metadata that is no list", json({ path: "/a/B", target: 0, header: {} })],
  ])("refuses %s", (_, payload) => {
    expect(() => createVictim().receive(frame(frameType.open, 2, payload))).toThrow(FrameError);
  });

  it.each([
    ["a cancel from the side that answers", frame(frameType.cancel, 1, json({ code: 1, message: "" }))],
    ["a second half-close", frame(frameType.halfClose, 1)],
    ["headers that are no JSON", frame(frameType.header, 1, Buffer.from("x"))],
    ["an end that is no JSON", frame(frameType.end, 1, Buffer.from("x"))],
    ["an end with an error without a code", frame(frameType.end, 1, json({ trailer: [], error: { message: "" } }))],
    ["a credit flood", frame(frameType.credit, 1, encodeCredit(0xffff_ffff))],
  ])("refuses %s in answer to a call, and its calls end when it is closed", async (_, bad) => {
    const { link, receive } = createVictim();
    const pending = failure(() => collect(link.carrier(0).stream(call(messages()))));
    expect(() => receive(bad)).toThrow(FrameError);
    link.close(new ConnectError("the peer broke the protocol", Code.Unavailable));
    expect((await pending).code).toBe(Code.Unavailable);
  });

  it("ignores what comes after the end of a call", async () => {
    const { link, receive } = createVictim();
    const response = link.carrier(0).stream(call(messages()));
    receive(
      frame(frameType.message, 1, Uint8Array.of(1)),
      frame(frameType.end, 1, json({ trailer: [["x-t", "1"]] })),
      frame(frameType.header, 1, json([["x-h", "late"]])),
      frame(frameType.message, 1, Uint8Array.of(2)),
      frame(frameType.end, 1, json({ trailer: [], error: { code: 13, message: "late", details: [] } })),
      frame(frameType.credit, 1, encodeCredit(0xffff_ffff)),
    );
    expect(await collect(response)).toEqual([Uint8Array.of(1)]);
    expect(await response.header).toEqual([]);
    expect(await response.trailer).toEqual(["x-t", "1"]);
  });

  it("takes no more calls at once than anybody has", () => {
    const { link, receive } = createVictim();
    link.serve(0, { ...streamsOnly, stream: () => respond(silence) });
    const flood = () => {
      for (let stream = 2; stream < 200_000; stream += 2) receive(open(stream));
    };
    expect(flood).toThrow("Cannot accept more than 65536 calls at once");
    link.close(new ConnectError("over", Code.Unavailable));
  });

  it("takes no more messages than it gave credit for", () => {
    const { link, receive } = createVictim();
    link.serve(0, {
      ...streamsOnly,
      stream: () => respond(silence),
    });
    receive(open(2));
    const flood = () => {
      for (let sent = 0; sent < 3 * windowBytes; sent += kilobyte)
        receive(frame(frameType.message, 2, new Uint8Array(kilobyte)));
    };
    expect(flood).toThrow("Cannot accept a message without credit");
  });

  it("drops what is sent to a server that stopped reading", async () => {
    const { link, receive, sent } = createVictim();
    link.serve(0, {
      ...streamsOnly,
      stream({ input }) {
        return respond(
          (async function* () {
            for await (const _ of input) break;
            await new Promise(() => {});
          })(),
        );
      },
    });
    receive(open(2), frame(frameType.message, 2));
    await flushed();
    for (let count = 0; count < 10_000; count++) receive(frame(frameType.message, 2, new Uint8Array(kilobyte)));
    await flushed();
    expect(sent.map(({ type }) => type)).toEqual([frameType.header]);
  });

  it("survives anything with nothing but a FrameError, and then lets go of every call", async () => {
    const payload = fc.oneof(
      fc.uint8Array({ maxLength: 20 }),
      fc
        .constantFrom<unknown>(
          { path: "/a/B", target: 0, header: [] },
          { path: "/a/B", target: 1, header: [["x", "y"]], timeoutMs: 1 },
          { trailer: [] },
          { trailer: [], error: { code: 5, message: "no", details: [["t", "AA=="]] } },
          { code: 1, message: "stop" },
          [["x-h", "v"]],
        )
        .map(json),
      fc.nat().map(encodeCredit),
    );
    const anyFrame = fc.record({
      type: fc.integer({ min: 0, max: 9 }),
      stream: fc.integer({ min: 0, max: 12 }),
      payload,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(anyFrame, { maxLength: 5 }), { maxLength: 10 }), async (chunks) => {
        const { link, sent } = createVictim();
        link.serve(0, echo);
        const pending = Array.from({ length: 3 }, () =>
          collect(link.carrier(0).stream(call(messages(pattern(5, 1))))).catch((error: unknown) => error),
        );
        try {
          for (const frames of chunks) {
            link.receive(encodeChunk(frames));
            await flushed();
          }
        } catch (error) {
          expect(error).toBeInstanceOf(FrameError);
        }
        link.close(new ConnectError("over", Code.Unavailable));
        for (const result of await Promise.all(pending)) {
          if (result instanceof Error) expect(result).toBeInstanceOf(ConnectError);
        }
        for (const { type, payload: end } of sent) if (type === frameType.end) decodeEnd(end);
      }),
      { numRuns: 300 },
    );
  });
});
