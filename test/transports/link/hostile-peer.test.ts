import { Code, ConnectError } from "@connectrpc/connect";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { failure } from "../../../src/testing/failure.ts";
import { until } from "../../../src/testing/until.ts";
import { windowBytes } from "../../../transports/link/credit.ts";
import { FrameReader } from "../../../transports/link/frame-reader.ts";
import { FrameWriter } from "../../../transports/link/frame-writer.ts";
import { FrameError, frameType } from "../../../transports/link/frames.ts";
import { createLink } from "../../../transports/link/link.ts";
import {
  call,
  collect,
  echo,
  kilobyte,
  messages,
  pattern,
  respond,
  silence,
  streams,
  unaries,
  unaryCall,
} from "./support.ts";

/** A frame as a peer of any make writes it. */
interface Frame {
  readonly type: number;
  readonly stream: number;
  readonly payload: Uint8Array;
}

const frame = (type: number, stream: number, payload: Uint8Array = new Uint8Array()): Frame => ({
  type,
  stream,
  payload,
});

function encodeChunk(frames: readonly Frame[]): Uint8Array {
  const pieces = frames.flatMap(({ type, stream, payload }) => {
    const head = Buffer.alloc(9);
    head.writeUInt32BE(payload.length, 0);
    head[4] = type;
    head.writeUInt32BE(stream, 5);
    return [head, payload];
  });
  return Buffer.concat([Buffer.from([0x4c, 0x50, 0, 2]), ...pieces]);
}

/** The payload of a frame that a writer of ours makes. */
function payload(write: (writer: FrameWriter) => void): Uint8Array {
  const made: Uint8Array[] = [];
  const writer = new FrameWriter((chunk) => made.push(chunk));
  write(writer);
  writer.flush();
  return Buffer.concat(made).subarray(13);
}

/** Of a call whose path has no number, so that it can be sent again. */
function unnumbered(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes).fill(0, 0, 4);
}

const opening = (target = 0, metadata: string[] = []) =>
  unnumbered(payload((writer) => writer.open(0, target, { path: "/a/B", metadata })));
const requesting = (message: Uint8Array) =>
  unnumbered(payload((writer) => writer.request(0, 0, { path: "/a/B", metadata: [], message })));
const emptyOpening = opening();
const emptyRequest = requesting(new Uint8Array());
const open = (stream: number) => frame(frameType.open, stream, emptyOpening);
const request = (stream: number) => frame(frameType.request, stream, emptyRequest);
const message = (stream: number, bytes = new Uint8Array()) =>
  frame(frameType.message, stream, Buffer.concat([Uint8Array.of(0), bytes]));
const ending = (trailer: string[] = []) => payload((writer) => writer.end(0, trailer));
const failing = payload((writer) => writer.fail(0, new ConnectError("late", Code.Internal)));
const cancelling = payload((writer) => writer.cancel(0, new ConnectError("", Code.Canceled)));
const heading = (metadata: string[]) => payload((writer) => writer.header(0, metadata));
const crediting = (bytes: number) => payload((writer) => writer.credit(0, bytes));
const answering = payload((writer) => writer.answer(0, { header: [], trailer: [], message: Uint8Array.of(1) }));
const nonsense = Buffer.from("nonsense");

/** The host's end; what it posts is read. */
function createVictim(maxMessageBytes = kilobyte) {
  const sent: { readonly type: number; readonly end: unknown }[] = [];
  const reader = new FrameReader();
  const link = createLink({
    side: "host",
    maxMessageBytes,
    post(chunk) {
      reader.begin(chunk);
      while (reader.next()) {
        sent.push({ type: reader.type, end: reader.type === frameType.end ? reader.end() : undefined });
      }
    },
  });
  return { link, sent, receive: (...frames: Frame[]) => link.receive(encodeChunk(frames)) };
}

const flushed = () => new Promise((resolve) => setImmediate(resolve));

describe("a link with a hostile peer", () => {
  it("ignores frames for calls that it does not know", async () => {
    const { receive, sent } = createVictim();
    for (const type of Object.values(frameType)) {
      if (type !== frameType.open && type !== frameType.request) receive(frame(type, 99, nonsense));
    }
    await flushed();
    expect(sent).toEqual([]);
  });

  it.each([
    ["its own numbers", [open(1)]],
    ["its own numbers for unary calls", [request(1)]],
    ["the same number twice", [open(2), open(2)]],
    ["the same number for a stream and a unary call", [open(2), request(2)]],
    ["a number that is lower than the last", [request(4), open(2)]],
  ])("refuses calls with %s", (_, frames) => {
    const { receive } = createVictim();
    expect(() => receive(...frames)).toThrow(FrameError);
  });

  it("accepts that numbers begin again when they are used up", async () => {
    const { link, receive, sent } = createVictim();
    link.serve(
      0,
      streams(() => respond(messages())),
    );
    for (const stream of [2, 2 ** 31 - 2, 2 ** 32 - 6, 2 ** 32 - 2, 0, 4]) receive(open(stream));
    await until("six calls have ended", () => sent.filter(({ type }) => type === frameType.end).length === 6);
    expect(() => receive(open(2))).toThrow("its number is not the peer's to give");
  });

  it.each([
    ["a header from the side that calls", frame(frameType.header, 2, heading([]))],
    ["an end from the side that calls", frame(frameType.end, 2, ending())],
    ["an answer from the side that calls", frame(frameType.answer, 2, answering)],
    ["a frame of an unknown type", frame(99, 2)],
    ["a cancel that is too short", frame(frameType.cancel, 2, Uint8Array.of(1))],
    ["a cancel that is too long", frame(frameType.cancel, 2, Buffer.concat([cancelling, nonsense]))],
    ["a cancel with a code that is none", frame(frameType.cancel, 2, Uint8Array.of(0, 0, 0, 0, 0))],
    ["a cancel that is no UTF-8", frame(frameType.cancel, 2, Uint8Array.of(1, 0, 0, 0, 1, 0xff))],
    ["a credit of the wrong length", frame(frameType.credit, 2, Buffer.from("123"))],
    ["a credit for what was never sent", frame(frameType.credit, 2, crediting(1))],
    ["a message that begins after its end", frame(frameType.message, 2, Uint8Array.of(2, 0))],
    ["a message over the limit", message(2, new Uint8Array(kilobyte + 1))],
  ])("refuses %s", (_, bad) => {
    const { link, receive } = createVictim();
    link.serve(
      0,
      streams(({ input }) => respond(input)),
    );
    receive(open(2));
    expect(() => receive(bad)).toThrow(FrameError);
  });

  it.each([
    ["an open that is nonsense", frame(frameType.open, 2, nonsense)],
    ["an open that is too long", frame(frameType.open, 2, Buffer.concat([opening(), nonsense]))],
    [
      "an open with a path's number that is not the next",
      frame(frameType.open, 2, Uint8Array.of(0, 0, 0, 9, 0, 0, 0, 0)),
    ],
    ["a request that is nonsense", frame(frameType.request, 2, nonsense)],
    ["a request over the limit", frame(frameType.request, 2, requesting(new Uint8Array(kilobyte + 1)))],
    ["metadata without a value", frame(frameType.open, 2, withMetadataCount(1))],
    ["metadata that is not there", frame(frameType.open, 2, withMetadataCount(2 ** 32 - 2))],
  ])("refuses %s", (_, bad) => {
    const { link, receive } = createVictim();
    link.serve(0, echo);
    expect(() => receive(bad)).toThrow(FrameError);
  });

  function withMetadataCount(count: number): Uint8Array {
    const bytes = Buffer.from(opening());
    bytes.writeUInt32BE(count, bytes.length - 4);
    return bytes;
  }

  it.each([
    ["a message", message(2)],
    ["a half-close", frame(frameType.halfClose, 2)],
    ["a credit", frame(frameType.credit, 2, crediting(1))],
    ["an answer", frame(frameType.answer, 2, answering)],
  ])("refuses %s after a unary call's request", (_, bad) => {
    const { link, receive } = createVictim();
    link.serve(
      0,
      unaries(() => new Promise(() => {})),
    );
    receive(request(2));
    expect(() => receive(bad)).toThrow(FrameError);
  });

  const badAnswers: [string, Frame][] = [
    ["a cancel from the side that answers", frame(frameType.cancel, 1, cancelling)],
    ["a half-close", frame(frameType.halfClose, 1)],
    ["an end that is nonsense", frame(frameType.end, 1, nonsense)],
    ["an end with an error without a text", frame(frameType.end, 1, Uint8Array.of(13, 0, 0, 0, 0))],
    [
      "an end with details that are not there",
      frame(frameType.end, 1, Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0)),
    ],
  ];

  it.each([
    ...badAnswers,
    ["headers that are nonsense", frame(frameType.header, 1, nonsense)],
    ["a unary call's answer", frame(frameType.answer, 1, answering)],
    ["a credit flood", frame(frameType.credit, 1, crediting(0xffff_ffff))],
  ])("refuses %s in answer to a stream, and its calls end when it is closed", async (_, bad) => {
    const { link, receive } = createVictim();
    const pending = failure(() => collect(link.carrier(0).stream(call(messages()))));
    expect(() => receive(bad)).toThrow(FrameError);
    link.close(new ConnectError("the peer broke the protocol", Code.Unavailable));
    expect((await pending).code).toBe(Code.Unavailable);
  });

  it.each([
    ...badAnswers,
    ["headers", frame(frameType.header, 1, heading([]))],
    ["a message", message(1)],
    ["a credit", frame(frameType.credit, 1, crediting(1))],
    ["an end in good order without a message", frame(frameType.end, 1, ending())],
    ["an answer that is nonsense", frame(frameType.answer, 1, nonsense)],
    ["an answer over the limit", frame(frameType.answer, 1, new Uint8Array(9 + kilobyte + 1))],
  ])("refuses %s in answer to a unary call, which ends when the link is closed", async (_, bad) => {
    const { link, receive } = createVictim();
    const pending = failure(() => link.carrier(0).unary(unaryCall(pattern(5, 1))));
    expect(() => receive(bad)).toThrow(FrameError);
    link.close(new ConnectError("the peer broke the protocol", Code.Unavailable));
    expect((await pending).code).toBe(Code.Unavailable);
  });

  it("ignores what comes after the end of a call", async () => {
    const { link, receive } = createVictim();
    const reply = link.carrier(0).stream(call(messages()));
    receive(
      message(1, Uint8Array.of(1)),
      frame(frameType.end, 1, ending(["x-t", "1"])),
      frame(frameType.header, 1, heading(["x-h", "late"])),
      message(1, Uint8Array.of(2)),
      frame(frameType.end, 1, failing),
      frame(frameType.credit, 1, crediting(0xffff_ffff)),
    );
    expect(await collect(reply)).toEqual([Uint8Array.of(1)]);
    expect(await reply.header).toEqual([]);
    expect(await reply.trailer).toEqual(["x-t", "1"]);
    const answered = link.carrier(0).unary(unaryCall(pattern(5, 1)));
    receive(
      frame(frameType.answer, 3, answering),
      frame(frameType.answer, 3, nonsense),
      frame(frameType.end, 3, failing),
    );
    expect((await answered).message).toEqual(Uint8Array.of(1));
  });

  it.each([
    ["streams", open],
    ["unary calls", request],
  ])("takes no more %s at once than anybody has", (_, begin) => {
    const { link, receive } = createVictim();
    link.serve(0, { stream: () => respond(silence), unary: () => new Promise(() => {}) });
    const frames = Array.from({ length: 65_537 }, (_, index) => begin(2 * index + 2));
    expect(() => receive(...frames)).toThrow("Cannot accept more than 65536 calls at once");
    link.close(new ConnectError("over", Code.Unavailable));
  });

  it("takes no more messages than it gave credit for", () => {
    const { link, receive } = createVictim();
    link.serve(
      0,
      streams(() => respond(silence)),
    );
    receive(open(2));
    const flood = () => {
      for (let sent = 0; sent < 3 * windowBytes; sent += kilobyte) {
        receive(message(2, new Uint8Array(kilobyte)));
      }
    };
    expect(flood).toThrow("Cannot accept a message without credit");
  });

  it("drops what is sent to a server that stopped reading", async () => {
    const { link, receive, sent } = createVictim();
    link.serve(
      0,
      streams(({ input }) =>
        respond(
          (async function* () {
            for await (const _ of input) break;
            await new Promise(() => {});
          })(),
        ),
      ),
    );
    receive(open(2), message(2));
    await flushed();
    for (let count = 0; count < 10_000; count++) receive(message(2, new Uint8Array(kilobyte)));
    await flushed();
    expect(sent.map(({ type }) => type)).toEqual([frameType.header]);
  });

  it("survives anything with nothing but a FrameError, and then lets go of every call", async () => {
    const sound = fc.constantFrom(
      opening(),
      opening(1, ["x", "y"]),
      requesting(Uint8Array.of(1, 2)),
      ending(),
      failing,
      cancelling,
      heading(["x-h", "v"]),
      answering,
    );
    const cut = fc.tuple(sound, fc.nat(30)).map(([bytes, length]) => bytes.subarray(0, length));
    const anyFrame = fc.record({
      type: fc.integer({ min: 0, max: 10 }),
      stream: fc.integer({ min: 0, max: 12 }),
      payload: fc.oneof(sound, cut, fc.uint8Array({ maxLength: 20 }), fc.nat().map(crediting)),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(anyFrame, { maxLength: 5 }), { maxLength: 10 }), async (chunks) => {
        const { link } = createVictim();
        link.serve(0, echo);
        const carrier = link.carrier(0);
        const pending = Array.from({ length: 3 }, () => [
          collect(carrier.stream(call(messages(pattern(5, 1))))).catch((error: unknown) => error),
          carrier.unary(unaryCall(pattern(5, 1))).catch((error: unknown) => error),
        ]).flat();
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
      }),
      { numRuns: 300 },
    );
  });
});
