import { Code, ConnectError } from "@connectrpc/connect";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { failure } from "../../../src/testing/failure.ts";
import { until } from "../../../src/testing/until.ts";
import type { ByteHandler, Call, CallResponse } from "../../../transports/connection.ts";
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
import { createLink, type Link } from "../../../transports/link/link.ts";

const kilobyte = 1024;

interface Pair {
  readonly host: Link;
  readonly guest: Link;
  /** Delivers what was posted, in an order between the directions that `choose` decides, until nothing more comes. */
  settle(choose?: () => boolean): Promise<void>;
  /** Every chunk that was posted, oldest first. */
  readonly posted: { readonly from: "host" | "guest"; readonly bytes: number }[];
}

/** Two links whose chunks wait until somebody delivers them. */
function createPair(maxMessageBytes = 8 * kilobyte * kilobyte): Pair {
  const toGuest: Uint8Array[] = [];
  const toHost: Uint8Array[] = [];
  const posted: { from: "host" | "guest"; bytes: number }[] = [];
  const post = (from: "host" | "guest", queue: Uint8Array[]) => (chunk: Uint8Array<ArrayBuffer>) => {
    posted.push({ from, bytes: chunk.length });
    queue.push(chunk);
  };
  const host = createLink({ side: "host", maxMessageBytes, post: post("host", toGuest) });
  const guest = createLink({ side: "guest", maxMessageBytes, post: post("guest", toHost) });
  return {
    host,
    guest,
    posted,
    async settle(choose = () => true) {
      for (let idle = 0; idle < 20; ) {
        const guestFirst = choose();
        const toWhom = toHost.length === 0 || (guestFirst && toGuest.length > 0) ? "guest" : "host";
        const chunk = (toWhom === "guest" ? toGuest : toHost).shift();
        if (chunk !== undefined) (toWhom === "guest" ? guest : host).receive(chunk);
        idle = toGuest.length + toHost.length > 0 ? 0 : idle + 1;
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}

/** Delivers by itself. */
function createJoined(maxMessageBytes = 64 * kilobyte * kilobyte): { host: Link; guest: Link } {
  const host: Link = createLink({
    side: "host",
    maxMessageBytes,
    post: (chunk) => setImmediate(() => guest.receive(chunk)),
  });
  const guest: Link = createLink({
    side: "guest",
    maxMessageBytes,
    post: (chunk) => setImmediate(() => host.receive(chunk)),
  });
  return { host, guest };
}

function call(input: AsyncIterable<Uint8Array>, options: Partial<Call<Uint8Array>> = {}): Call<Uint8Array> {
  return { path: "/test/Echo", header: new Headers(), signal: new AbortController().signal, input, ...options };
}

async function* messages(...list: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* list;
}

async function collect(response: CallResponse<Uint8Array>): Promise<Uint8Array[]> {
  const outputs: Uint8Array[] = [];
  for await (const output of response.output) outputs.push(output);
  await response.trailer;
  return outputs;
}

function respond(output: AsyncIterable<Uint8Array>): CallResponse<Uint8Array> {
  return { header: Promise.resolve(new Headers()), output, trailer: Promise.resolve(new Headers()) };
}

/** Answers each message with itself and gives the call's header back as header and trailer. */
const echo: ByteHandler = {
  call({ header, input }) {
    return { header: Promise.resolve(header), output: input, trailer: Promise.resolve(header) };
  },
};

/** As {@link echo}, but ends with an error. */
const echoAndFail: ByteHandler = {
  call({ input }) {
    async function* output() {
      yield* input;
      throw new ConnectError("at the end", Code.DataLoss, new Headers({ "x-why": "asked" }));
    }
    return respond(output());
  },
};

/** Never yields anything. */
const silence: AsyncIterable<never> = {
  [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }),
};

function pattern(length: number, seed: number): Uint8Array {
  return new Uint8Array(length).fill(seed).fill(seed + 1, length / 2);
}

describe("two links", () => {
  it("carry calls both ways at once in whatever order their chunks arrive", async () => {
    const plan = fc.record({
      fromHost: fc.boolean(),
      sizes: fc.array(fc.oneof(fc.nat(50), fc.nat(2000), fc.constant(700 * kilobyte)), { maxLength: 6 }),
      fails: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(plan, { minLength: 1, maxLength: 8 }),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 50 }),
        async (plans, order) => {
          const pair = createPair();
          for (const link of [pair.host, pair.guest]) {
            link.serve(0, echo);
            link.serve(1, echoAndFail);
          }
          const calls = plans.map(async ({ fromHost, sizes, fails }, seed) => {
            const link = fromHost ? pair.host : pair.guest;
            const sent = sizes.map((size) => pattern(size, seed));
            const header = new Headers({ "x-seed": String(seed) });
            const response = link.handler(fails ? 1 : 0).call(call(messages(...sent), { header }));
            const received: Uint8Array[] = [];
            const error = await (async () => {
              for await (const output of response.output) received.push(output);
            })().catch((thrown: unknown) => thrown);
            expect(received.map(({ length }) => length)).toEqual(sizes);
            expect(Buffer.compare(Buffer.concat(received), Buffer.concat(sent))).toBe(0);
            if (fails) {
              expect(error).toMatchObject({ code: Code.DataLoss, rawMessage: "at the end" });
              expect((error as ConnectError).metadata.get("x-why")).toBe("asked");
            } else {
              expect(error).toBeUndefined();
              expect((await response.header).get("x-seed")).toBe(String(seed));
              expect((await response.trailer).get("x-seed")).toBe(String(seed));
            }
          });
          let turn = 0;
          await pair.settle(() => order[turn++ % order.length] ?? true);
          await Promise.all(calls);
        },
      ),
      { numRuns: 30 },
    );
  });

  it("end a call on both sides whenever it is cancelled", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(12), fc.nat(5), fc.array(fc.boolean(), { minLength: 1 }), async (after, reads, order) => {
        const pair = createPair();
        let aborted: unknown;
        let ended = 0;
        pair.guest.serve(0, {
          call({ signal, input }) {
            signal.addEventListener("abort", () => {
              aborted = signal.reason;
            });
            async function* output() {
              try {
                for (let count = 0; count < 1000; count++) yield pattern(kilobyte, count);
                for await (const _ of input);
              } finally {
                ended++;
              }
            }
            return respond(output());
          },
        });
        const controller = new AbortController();
        async function* forever() {
          yield pattern(10, 1);
          await new Promise(() => {});
        }
        const response = pair.host.handler(0).call(call(forever(), { signal: controller.signal }));
        const output = response.output[Symbol.asyncIterator]();
        const reading = (async () => {
          for (let count = 0; count < reads; count++) await output.next();
        })().catch((error: unknown) => error);
        let turn = 0;
        let deliveries = 0;
        await pair.settle(() => {
          if (deliveries++ === after) controller.abort(new ConnectError("enough", Code.Canceled));
          return order[turn++ % order.length] ?? true;
        });
        await reading;
        expect(
          (
            await failure(async () => {
              for (;;) await output.next();
            })
          ).code,
        ).toBe(Code.Canceled);
        expect((await failure(() => response.trailer)).rawMessage).toBe("enough");
        if (aborted !== undefined) expect(aborted).toMatchObject({ code: Code.Canceled, rawMessage: "enough" });
        else expect(ended).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it("post what many calls send at once in chunks of bounded length", async () => {
    const pair = createPair();
    pair.guest.serve(0, echo);
    const answers = Array.from({ length: 40 }, (_, seed) =>
      collect(pair.host.handler(0).call(call(messages(pattern(500 * kilobyte, seed))))),
    );
    let answered = 0;
    for (const answer of answers) void answer.then(() => answered++);
    await until("every call is answered", () => pair.settle().then(() => answered === answers.length), { everyMs: 0 });
    for (const [seed, [output]] of (await Promise.all(answers)).entries()) expect(output?.[0]).toBe(seed);
    expect(Math.max(...pair.posted.map(({ bytes }) => bytes))).toBeLessThan(1600 * kilobyte);
  });

  it("carry a message larger than the window, and let a stream pass that has many of them", async () => {
    const { host, guest } = createJoined();
    guest.serve(0, echo);
    const large = pattern(3 * windowBytes + 17, 3);
    const outputs = await collect(host.handler(0).call(call(messages(large, large, pattern(5, 1), large))));
    expect(outputs.map(({ length }) => length)).toEqual([large.length, large.length, 5, large.length]);
    expect(Buffer.compare(outputs[3] ?? large, large)).toBe(0);
  });

  it("hold a writer whose reader does not read, and nobody else", async () => {
    const pair = createPair();
    let produced = 0;
    pair.guest.serve(0, {
      call: () =>
        respond(
          (async function* () {
            for (; produced < 5000; produced++) yield pattern(kilobyte, produced);
          })(),
        ),
    });
    pair.guest.serve(1, echo);
    const held = pair.host.handler(0).call(call(messages()));
    await pair.settle();
    expect(produced).toBeLessThanOrEqual(windowBytes / kilobyte + 1);
    const passing = collect(pair.host.handler(1).call(call(messages(pattern(3, 1)))));
    await pair.settle();
    expect((await passing).length).toBe(1);
    const reading = collect(held);
    let isRead = false;
    void reading.then(() => {
      isRead = true;
    });
    await until("the stream is read", () => pair.settle().then(() => isRead), { everyMs: 0 });
    expect(await reading).toHaveLength(5000);
  });

  it.each(["read", "not read"])(
    "let go of what waits for a server when its call is given up, %s to the end",
    async (how) => {
      const pair = createPair();
      let input: AsyncIterator<Uint8Array> | undefined;
      pair.guest.serve(0, {
        call(incoming) {
          input = incoming.input[Symbol.asyncIterator]();
          return respond(silence);
        },
      });
      const caller = new AbortController();
      const count = how === "read" ? 3 : 2000;
      const all = Array.from({ length: count }, (_, index) => pattern(kilobyte, index));
      const given = collect(pair.host.handler(0).call(call(messages(...all), { signal: caller.signal })));
      await pair.settle();
      expect((await input?.next())?.done).toBe(false);
      caller.abort(new ConnectError("enough", Code.Canceled));
      expect((await failure(() => given)).rawMessage).toBe("enough");
      await pair.settle();
      // Not one of those that had arrived: they would take memory for as long as a server that hangs holds them.
      expect((await failure(async () => input?.next())).rawMessage).toBe("enough");
      expect((await input?.return?.())?.done).toBe(true);
    },
  );

  it("count empty messages too", async () => {
    const pair = createPair();
    let produced = 0;
    pair.guest.serve(0, {
      call: () =>
        respond(
          (async function* () {
            for (; produced < 100_000; produced++) yield new Uint8Array();
          })(),
        ),
    });
    const held = pair.host.handler(0).call(call(messages()));
    await pair.settle();
    expect(produced).toBeLessThan(100_000);
    await held.output[Symbol.asyncIterator]().return?.();
    await pair.settle();
  });

  it("answer for servers that are not there, no longer there, or throw at once", async () => {
    const { host, guest } = createJoined();
    expect((await failure(() => collect(host.handler(0).call(call(messages()))))).code).toBe(Code.Unimplemented);
    expect((await failure(() => collect(host.handler(7).call(call(messages()))))).code).toBe(Code.Unavailable);
    guest.serve(7, {
      call: () => respond(silence),
    });
    const pending = failure(() => collect(host.handler(7).call(call(messages()))));
    await new Promise((resolve) => setTimeout(resolve, 10));
    guest.unserve(7);
    expect((await pending).rawMessage).toContain("no longer served");
    guest.serve(8, {
      call() {
        throw new Error("at once");
      },
    });
    expect(await failure(() => collect(host.handler(8).call(call(messages()))))).toMatchObject({
      code: Code.Unknown,
      rawMessage: "at once",
    });
  });

  it("end every call when they are closed, and refuse later ones with the same error", async () => {
    const { host, guest } = createJoined();
    let aborted = false;
    guest.serve(0, {
      call({ signal }) {
        signal.addEventListener("abort", () => {
          aborted = true;
        });
        return respond(silence);
      },
    });
    const pending = failure(() => collect(host.handler(0).call(call(messages()))));
    await new Promise((resolve) => setTimeout(resolve, 10));
    const over = new ConnectError("over", Code.Unavailable);
    host.close(over);
    host.close(new ConnectError("again", Code.Internal));
    guest.close(over);
    expect(await pending).toBe(over);
    expect(await failure(() => collect(host.handler(0).call(call(messages()))))).toBe(over);
    expect(aborted).toBe(true);
  });
});

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
    link.serve(0, { call: () => respond(messages()) });
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
    link.serve(0, { call: ({ input }) => respond(input) });
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
    const pending = failure(() => collect(link.handler(0).call(call(messages()))));
    expect(() => receive(bad)).toThrow(FrameError);
    link.close(new ConnectError("the peer broke the protocol", Code.Unavailable));
    expect((await pending).code).toBe(Code.Unavailable);
  });

  it("ignores what comes after the end of a call", async () => {
    const { link, receive } = createVictim();
    const response = link.handler(0).call(call(messages()));
    receive(
      frame(frameType.message, 1, Uint8Array.of(1)),
      frame(frameType.end, 1, json({ trailer: [["x-t", "1"]] })),
      frame(frameType.header, 1, json([["x-h", "late"]])),
      frame(frameType.message, 1, Uint8Array.of(2)),
      frame(frameType.end, 1, json({ trailer: [], error: { code: 13, message: "late", details: [] } })),
      frame(frameType.credit, 1, encodeCredit(0xffff_ffff)),
    );
    expect(await collect(response)).toEqual([Uint8Array.of(1)]);
    expect((await response.header).get("x-h")).toBeNull();
    expect((await response.trailer).get("x-t")).toBe("1");
  });

  it("takes no more messages than it gave credit for", () => {
    const { link, receive } = createVictim();
    link.serve(0, {
      call: () => respond(silence),
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
      call({ input }) {
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
          collect(link.handler(0).call(call(messages(pattern(5, 1))))).catch((error: unknown) => error),
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
