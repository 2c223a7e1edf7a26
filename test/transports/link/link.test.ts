import { Code, ConnectError } from "@connectrpc/connect";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { failure } from "../../../src/testing/failure.ts";
import { until } from "../../../src/testing/until.ts";
import { windowBytes } from "../../../transports/link/credit.ts";
import {
  call,
  collect,
  createJoined,
  createPair,
  echo,
  echoAndFail,
  kilobyte,
  messages,
  pattern,
  respond,
  silence,
  streams,
  unaries,
  unaryCall,
} from "./support.ts";

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
            const metadata = ["x-seed", String(seed)];
            const response = link.carrier(fails ? 1 : 0).stream(call(messages(...sent), { metadata }));
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
              expect(await response.header).toEqual(metadata);
              expect(await response.trailer).toEqual(metadata);
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

  it("carry unary calls both ways at once, in whatever order their chunks arrive", async () => {
    const plan = fc.record({
      fromHost: fc.boolean(),
      path: fc.constantFrom("/test/Echo", "/test/Other", "/test/\u00fcn\u00ef"),
      size: fc.oneof(fc.nat(50), fc.nat(2000), fc.constant(70 * kilobyte)),
      fails: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(plan, { minLength: 1, maxLength: 20 }),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 50 }),
        async (plans, order) => {
          const pair = createPair();
          const paths: string[] = [];
          for (const link of [pair.host, pair.guest]) {
            link.serve(
              0,
              unaries((incoming) => {
                paths.push(incoming.path);
                return echo.unary(incoming);
              }),
            );
            link.serve(1, echoAndFail);
          }
          const calls = plans.map(async ({ fromHost, path, size, fails }, seed) => {
            const link = fromHost ? pair.host : pair.guest;
            const metadata = seed % 2 === 0 ? ["x-seed", String(seed), "x-bin", "\u00e4"] : [];
            const answering = link.carrier(fails ? 1 : 0).unary(unaryCall(pattern(size, seed), { path, metadata }));
            if (!fails) {
              const { message, header, trailer } = await answering;
              expect(Buffer.compare(message, pattern(size, seed))).toBe(0);
              expect([header, trailer]).toEqual([metadata, metadata]);
              return;
            }
            const error = await failure(() => answering);
            expect(error).toMatchObject({ code: Code.DataLoss, rawMessage: "at the end" });
            expect(error.metadata.get("x-why")).toBe("asked");
          });
          let turn = 0;
          await pair.settle(() => order[turn++ % order.length] ?? true);
          await Promise.all(calls);
          expect(paths.sort()).toEqual(plans.flatMap(({ fails, path }) => (fails ? [] : [path])).sort());
        },
      ),
      { numRuns: 30 },
    );
  });

  it("carry a unary call in one chunk each way, and say its path once", async () => {
    const pair = createPair();
    pair.guest.serve(0, echo);
    for (let count = 0; count < 3; count++) {
      const answering = pair.host.carrier(0).unary(unaryCall(pattern(10, 1)));
      await pair.settle();
      await answering;
    }
    const path = "/test/Echo".length + 4;
    const from = (side: string) => pair.posted.filter(({ from }) => from === side).map(({ bytes }) => bytes);
    expect(from("host")).toEqual([40 + path, 40, 40]);
    expect(from("guest")).toEqual([32, 32, 32]);
  });

  it("end a unary call on both sides when it is given up", async () => {
    const pair = createPair();
    let aborted: unknown;
    pair.guest.serve(
      0,
      unaries(({ signal }) => {
        signal?.addEventListener("abort", () => {
          aborted = signal.reason;
        });
        return new Promise(() => {});
      }),
    );
    const caller = new AbortController();
    const answering = failure(() => pair.host.carrier(0).unary(unaryCall(pattern(3, 1), { signal: caller.signal })));
    await pair.settle();
    caller.abort(new ConnectError("enough", Code.Canceled));
    expect(await answering).toMatchObject({ code: Code.Canceled, rawMessage: "enough" });
    await pair.settle();
    expect(aborted).toMatchObject({ code: Code.Canceled, rawMessage: "enough" });
  });

  it("refuse what cannot be sent, and only the call fails", async () => {
    const { host, guest } = createJoined(kilobyte);
    guest.serve(
      0,
      unaries(async ({ message }) => ({
        message: new Uint8Array(message[0] === 1 ? 2 * kilobyte : 1),
        header: message[0] === 2 ? ["X-Upper", "x"] : [],
        trailer: message[0] === 3 ? ["x-odd"] : [],
      })),
    );
    const answer = (first: number, metadata: string[] = []) =>
      host.carrier(0).unary(unaryCall(Uint8Array.of(first), { metadata }));
    const tooLong = unaryCall(new Uint8Array(kilobyte + 1));
    expect((await failure(() => host.carrier(0).unary(tooLong))).code).toBe(Code.ResourceExhausted);
    expect((await failure(() => answer(1))).code).toBe(Code.ResourceExhausted);
    for (const first of [2, 3]) expect((await failure(() => answer(first))).code).toBe(Code.Internal);
    for (const metadata of [["x y", "z"], ["x-a", "a\nb"], ["x-a", "\u{1f600}"], ["x-a"]]) {
      expect((await failure(() => answer(0, metadata))).code).toBe(Code.Internal);
      const stream = host.carrier(0).stream(call(messages(), { metadata }));
      expect((await failure(() => collect(stream))).code).toBe(Code.Internal);
    }
    expect((await answer(0)).message.length).toBe(1);
  });

  it("end a call on both sides whenever it is cancelled", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(12), fc.nat(5), fc.array(fc.boolean(), { minLength: 1 }), async (after, reads, order) => {
        const pair = createPair();
        let aborted: unknown;
        let ended = 0;
        pair.guest.serve(
          0,
          streams(({ signal, input }) => {
            signal?.addEventListener("abort", () => {
              aborted = signal?.reason;
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
          }),
        );
        const controller = new AbortController();
        async function* forever() {
          yield pattern(10, 1);
          await new Promise(() => {});
        }
        const response = pair.host.carrier(0).stream(call(forever(), { signal: controller.signal }));
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
      collect(pair.host.carrier(0).stream(call(messages(pattern(500 * kilobyte, seed))))),
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
    const outputs = await collect(host.carrier(0).stream(call(messages(large, large, pattern(5, 1), large))));
    expect(outputs.map(({ length }) => length)).toEqual([large.length, large.length, 5, large.length]);
    expect(Buffer.compare(outputs[3] ?? large, large)).toBe(0);
  });

  it("hold a writer whose reader does not read, and no other", async () => {
    const pair = createPair();
    let produced = 0;
    pair.guest.serve(
      0,
      streams(() =>
        respond(
          (async function* () {
            for (; produced < 5000; produced++) yield pattern(kilobyte, produced);
          })(),
        ),
      ),
    );
    pair.guest.serve(1, echo);
    const held = pair.host.carrier(0).stream(call(messages()));
    await pair.settle();
    expect(produced).toBeLessThanOrEqual(windowBytes / kilobyte + 1);
    const passing = collect(pair.host.carrier(1).stream(call(messages(pattern(3, 1)))));
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
      pair.guest.serve(
        0,
        streams((incoming) => {
          input = incoming.input[Symbol.asyncIterator]();
          return respond(silence);
        }),
      );
      const caller = new AbortController();
      const count = how === "read" ? 3 : 2000;
      const all = Array.from({ length: count }, (_, index) => pattern(kilobyte, index));
      const given = collect(pair.host.carrier(0).stream(call(messages(...all), { signal: caller.signal })));
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
    pair.guest.serve(
      0,
      streams(() =>
        respond(
          (async function* () {
            for (; produced < 100_000; produced++) yield new Uint8Array();
          })(),
        ),
      ),
    );
    const held = pair.host.carrier(0).stream(call(messages()));
    await pair.settle();
    expect(produced).toBeLessThan(100_000);
    await held.output[Symbol.asyncIterator]().return?.();
    await pair.settle();
  });

  it("answer for servers that are not there, no longer there, or throw at once", async () => {
    const { host, guest } = createJoined();
    expect((await failure(() => collect(host.carrier(0).stream(call(messages()))))).code).toBe(Code.Unimplemented);
    expect((await failure(() => collect(host.carrier(7).stream(call(messages()))))).code).toBe(Code.Unavailable);
    expect((await failure(() => host.carrier(0).unary(unaryCall(pattern(1, 1))))).code).toBe(Code.Unimplemented);
    expect((await failure(() => host.carrier(7).unary(unaryCall(pattern(1, 1))))).code).toBe(Code.Unavailable);
    guest.serve(
      7,
      streams(() => respond(silence)),
    );
    const pending = failure(() => collect(host.carrier(7).stream(call(messages()))));
    await new Promise((resolve) => setTimeout(resolve, 10));
    guest.unserve(7);
    expect((await pending).rawMessage).toContain("no longer served");
    guest.serve(
      8,
      streams(() => {
        throw new Error("at once");
      }),
    );
    expect(await failure(() => collect(host.carrier(8).stream(call(messages()))))).toMatchObject({
      code: Code.Unknown,
      rawMessage: "at once",
    });
  });

  it("end every call when they are closed, and refuse later ones with the same error", async () => {
    const { host, guest } = createJoined();
    let aborted = false;
    guest.serve(
      0,
      streams(({ signal }) => {
        signal?.addEventListener("abort", () => {
          aborted = true;
        });
        return respond(silence);
      }),
    );
    const pending = failure(() => collect(host.carrier(0).stream(call(messages()))));
    await new Promise((resolve) => setTimeout(resolve, 10));
    guest.serve(
      1,
      unaries(() => new Promise(() => {})),
    );
    const pendingUnary = failure(() => host.carrier(1).unary(unaryCall(pattern(1, 1))));
    const over = new ConnectError("over", Code.Unavailable);
    host.close(over);
    host.close(new ConnectError("again", Code.Internal));
    guest.close(over);
    expect(await pending).toBe(over);
    expect(await pendingUnary).toBe(over);
    expect(await failure(() => host.carrier(0).unary(unaryCall(pattern(1, 1))))).toBe(over);
    expect(await failure(() => collect(host.carrier(0).stream(call(messages()))))).toBe(over);
    expect(aborted).toBe(true);
  });
});
