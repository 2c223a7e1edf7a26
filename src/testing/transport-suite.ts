/**
 * The transport suite: what every transport owes its users, told through the conformance plugin. A new transport is finished
 * when it passes unchanged; what a transport cannot do by its nature is skipped by its capabilities.
 */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Client, Code, ConnectError } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Health, HealthCheckResponse_ServingStatus } from "../../proto/gen/grpc/health/v1/health_pb.ts";
import {
  Conformance,
  ConformanceRequestSchema,
  ConformanceResponseSchema,
  DieRequest_How,
  MetadataSchema,
} from "../../proto/gen/loopp/v1/conformance_pb.ts";
import { Diagnostics } from "../../proto/gen/loopp/v1/diagnostics_pb.ts";
import { createClient } from "../../transports/calls/client.ts";
import { findExit } from "../../transports/calls/errors.ts";
import type { ByteHandler, Call } from "../../transports/connection.ts";
import { defaultHandshake, type LogEntry } from "../../transports/plugin.ts";
import { LaunchError, type Life, type PluginInstance, type PluginTransport } from "../../transports/transport.ts";
import { conformanceRoutes } from "./conformance/conformance.plugin.ts";

export interface SuiteTarget {
  /** Stands in the name of every test. */
  readonly name: string;
  readonly transport: PluginTransport;
  /** What a user would write as the plugin's options for this transport. */
  readonly options?: unknown;
}

const conformance = new URL("./conformance/conformance.plugin.ts", import.meta.url);
const plugins = {
  conformance,
  "setup-throws": new URL("./conformance/setup-throws.plugin.ts", import.meta.url),
  "setup-hangs": new URL("./conformance/setup-hangs.plugin.ts", import.meta.url),
  "not-a": new URL("./conformance/not-a.plugin.ts", import.meta.url),
  missing: new URL("missing.plugin", conformance),
};
const guestProgram = new URL("../guest/program.ts", import.meta.url);
const megabyte = 1024 * 1024;
const day = 86_400_000;

/** Declares the suite's tests, with vitest. */
export function transportSuite({ name, transport, options }: SuiteTarget): void {
  const { boundary, preemptible, capturesConsole } = transport.capabilities;

  async function launch(
    plugin: keyof typeof plugins = "conformance",
    life: Partial<Life> = {},
  ): Promise<PluginInstance> {
    const spec = transport.parse(plugins[plugin], options, "options");
    return transport.launch(spec, {
      name: "subject",
      generation: 1,
      config: undefined,
      handshake: defaultHandshake,
      guestProgram,
      signal: AbortSignal.timeout(60_000),
      onLog: () => {},
      ...life,
    });
  }

  async function withInstance(
    use: (client: Client<typeof Conformance>, instance: PluginInstance) => Promise<void>,
    life: Partial<Life> = {},
  ): Promise<void> {
    const instance = await launch("conformance", life);
    try {
      await use(createClient(Conformance, instance.transport), instance);
    } finally {
      await instance.stop({ graceMs: 2000 });
    }
  }

  describe(`transport: ${name}`, () => {
    let instance: PluginInstance;
    let client: Client<typeof Conformance>;
    let ids = 0;
    const newId = () => `call-${++ids}`;

    beforeAll(async () => {
      instance = await launch();
      client = createClient(Conformance, instance.transport);
    });
    afterAll(async () => {
      await instance?.stop({ graceMs: 2000 });
    });

    /** Waits for what the plugin has seen of a call, never for a time. */
    async function seenUntil(
      id: string,
      done: (seen: { abortedCode: number; finished: number; sent: number; started: number; ended: number }) => boolean,
    ) {
      for (;;) {
        const seen = await client.seen({ id });
        if (done(seen)) return seen;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }

    describe("calls", () => {
      it("answer a unary call with what was sent", async () => {
        const data = Uint8Array.of(1, 2, 3, 0, 255);
        const response = await client.unary({ data });
        expect([...response.data]).toEqual([...data]);
        expect(response.received).toBe(1);
      });

      it("stream from the plugin in order", async () => {
        const lengths: number[] = [];
        for await (const { data } of client.serverStream({ count: 300, sizeBytes: 10 })) lengths.push(data[0] ?? -1);
        expect(lengths).toEqual(Array.from({ length: 300 }, (_, index) => index % 256));
      });

      it.each([1, 3, 40])(
        "stream %s messages to a reader that is busy with each, and end as they should",
        async (count) => {
          let received = 0;
          for await (const _ of client.serverStream({ count, sizeBytes: 100 })) {
            received++;
            await new Promise((resolve) => setTimeout(resolve, count === 40 && received > 2 ? 0 : 30));
          }
          expect(received).toBe(count);
        },
      );

      it("stream nothing when nothing is wanted", async () => {
        const received: unknown[] = [];
        for await (const response of client.serverStream({ count: 0 })) received.push(response);
        expect(received).toEqual([]);
      });

      it("stream to the plugin", async () => {
        const response = await client.clientStream(chunks(50, 1000));
        expect(response.received).toBe(50);
        expect(response.receivedBytes).toBe(50_000n);
      });

      it("stream both ways, each answer before the next question", async () => {
        const turns = conversation<{ data: Uint8Array }>();
        const answers: number[] = [];
        const responses = client.bidiStream(turns)[Symbol.asyncIterator]();
        for (let turn = 1; turn <= 20; turn++) {
          turns.say({ data: Uint8Array.of(turn) });
          const answer = await responses.next();
          answers.push(answer.value?.data[0]);
        }
        turns.end();
        expect((await responses.next()).done).toBe(true);
        expect(answers).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
      });

      it("run a thousand at once without mixing them up", async () => {
        const answers = await Promise.all(
          Array.from({ length: 1000 }, async (_, index) => {
            const data = new Uint8Array(4);
            new DataView(data.buffer).setUint32(0, index);
            const response = await client.unary({ data });
            return new DataView(response.data.slice().buffer).getUint32(0);
          }),
        );
        expect(answers).toEqual(Array.from({ length: 1000 }, (_, index) => index));
      });

      it("carry messages of five megabytes both ways", async () => {
        const data = new Uint8Array(5 * megabyte).map((_, index) => index % 251);
        const response = await client.unary({ data });
        expect(response.data.length).toBe(data.length);
        expect(Buffer.compare(response.data, data)).toBe(0);
      });
    });

    describe("metadata", () => {
      it("carries request headers, text and binary, repeated ones too", async () => {
        const headers = new Headers({ "x-text": "läuft: no", "x-data-bin": btoa("\x00\xff\x10").replaceAll("=", "") });
        headers.set("x-text", "plain");
        headers.append("x-many", "one");
        headers.append("x-many", "two");
        const response = await client.unary({}, { headers });
        const got = new Map(response.header.map(({ name, value }) => [name, value]));
        expect(got.get("x-text")).toBe("plain");
        expect(got.get("x-data-bin")?.replaceAll("=", "")).toBe("AP8Q");
        expect(got.get("x-many")).toBe("one, two");
      });

      it.each(["unary", "serverStream"] as const)("brings headers and trailers back from %s", async (method) => {
        let header: Headers | undefined;
        let trailer: Headers | undefined;
        const request = {
          count: 2,
          header: [{ name: "x-head", value: "h" }],
          trailer: [
            { name: "x-trail", value: "t" },
            { name: "x-trail-bin", value: "AP8Q" },
          ],
        };
        const callbacks = {
          onHeader: (got: Headers) => {
            header = got;
          },
          onTrailer: (got: Headers) => {
            trailer = got;
          },
        };
        if (method === "unary") await client.unary(request, callbacks);
        else for await (const _ of client.serverStream(request, callbacks));
        expect(header?.get("x-head")).toBe("h");
        expect(trailer?.get("x-trail")).toBe("t");
        expect(trailer?.get("x-trail-bin")?.replaceAll("=", "")).toBe("AP8Q");
        expect(trailer?.get("grpc-status")).toBeNull();
      });
    });

    // How much is carried is up to the transport.
    describe("metadata that is very long", () => {
      const value = "x".repeat(100_000);
      it.each([
        ["request", { headers: { "x-long": value } }, {}],
        ["response's header", {}, { header: [{ name: "x-long", value }] }],
        ["response's trailer", {}, { trailer: [{ name: "x-long", value }] }],
      ])("in a %s is carried or refused, and the plugin goes on", async (_, options, request) => {
        const outcome = await client.unary(request, options).then(() => "carried", ConnectError.from);
        if (outcome !== "carried") expect(outcome).toMatchObject({ code: Code.ResourceExhausted });
        expect((await client.unary({})).received).toBe(1);
      });
    });

    describe("errors", () => {
      const wanted = {
        code: Code.OutOfRange,
        message: "too far: ünï\n100%",
        detail: [{ name: "limit", value: "7" }],
      };

      it.each(["unary", "serverStream", "clientStream", "bidiStream"] as const)(
        "arrive from %s with code, message, details and trailers",
        async (method) => {
          const request = { error: wanted, trailer: [{ name: "x-why", value: "because" }] };
          const error = await failure(async () => {
            if (method === "unary") await client.unary(request);
            else if (method === "clientStream") await client.clientStream(chunksOf(request));
            else if (method === "serverStream") for await (const _ of client.serverStream({ ...request, count: 2 }));
            else for await (const _ of client.bidiStream(chunksOf(request)));
          });
          expect(error.code).toBe(Code.OutOfRange);
          expect(error.rawMessage).toBe(wanted.message);
          expect(error.findDetails(MetadataSchema).map(({ name, value }) => [name, value])).toEqual([["limit", "7"]]);
          expect(error.metadata.get("x-why")).toBe("because");
        },
      );

      it("come after the messages that were streamed before them", async () => {
        const received: number[] = [];
        const error = await failure(async () => {
          for await (const { data } of client.serverStream({ count: 3, sizeBytes: 1, error: wanted })) {
            received.push(data.length);
          }
        });
        expect(received).toEqual([1, 1, 1]);
        expect(error.code).toBe(Code.OutOfRange);
      });

      it.each([
        ["text", { message: "x".repeat(100_000) }],
        ["details", { message: "long", detail: [{ name: "long", value: "x".repeat(100_000) }] }],
      ])("keep their code whatever their %s, and leave the plugin as it was", async (_, error) => {
        const { code } = await failure(() => client.unary({ error: { code: Code.NotFound, ...error } }));
        expect(code).toBe(Code.NotFound);
        expect((await client.unary({})).received).toBe(1);
      });

      it("of any other kind are Unknown and keep their text", async () => {
        const error = await failure(() => client.unary({ error: { message: "it broke", plain: true } }));
        expect([error.code, error.rawMessage]).toEqual([Code.Unknown, "it broke"]);
      });

      it.each([0, 42])(
        "of code %s, which is none, are Unknown and say which it was, and the life goes on",
        async (code) => {
          const error = await failure(() => client.unary({ error: { code, message: "it broke" } }));
          expect(error.code).toBe(Code.Unknown);
          expect(error.rawMessage).toMatch(new RegExp(`^it broke .*\\b${code}\\b`));
          expect((await client.unary({})).received).toBe(1);
        },
      );

      it("with a detail that cannot be encoded arrive without it, and the life goes on", async () => {
        const bad = { desc: ConformanceRequestSchema, value: { count: 1.5 } };
        await using server = await instance.broker.serve((router) =>
          router.rpc(Conformance.method.unary, () => {
            throw new ConnectError("it broke", Code.NotFound, { "x-why": "because" }, [bad]);
          }),
        );
        const error = await failure(() => client.callBack({ id: server.id, request: {} }));
        expect(error.code).toBe(Code.NotFound);
        expect(error.rawMessage).toMatch(/^it broke .*cannot encode/);
        expect(error.details).toEqual([]);
        expect((await client.unary({})).received).toBe(1);
      });

      it("name what is not implemented", async () => {
        const error = await failure(() => client.unimplemented({}));
        expect(error.code).toBe(Code.Unimplemented);
        expect(error.rawMessage).toContain("loopp.v1.Conformance.Unimplemented is not implemented");
        const stranger = await failure(() => rawCall(instance.bytes, "/no.such.Service/Method", []));
        expect(stranger.code).toBe(Code.Unimplemented);
      });
    });

    describe("deadlines and cancellation", () => {
      it("arrive in the plugin", async () => {
        const response = await client.unary({}, { timeoutMs: 30_000 });
        expect(response.timeoutMs).toBeGreaterThan(0);
        expect(response.timeoutMs).toBeLessThanOrEqual(30_000);
        expect((await client.unary({})).timeoutMs).toBeUndefined();
      });

      it("accept a deadline that is no whole number of milliseconds", async () => {
        const response = await client.unary({}, { timeoutMs: 12_345.678 });
        expect(response.timeoutMs).toBeGreaterThan(0);
      });

      it.each([
        ["Infinity", Number.POSITIVE_INFINITY],
        ["NaN", Number.NaN],
        ["30 days, longer than a timer can wait,", 30 * day],
      ])("of %s is none, and the call takes its time", async (_, timeoutMs) => {
        const response = await client.unary({ delayMs: 50, count: 1 }, { timeoutMs });
        expect([response.received, response.timeoutMs]).toEqual([1, undefined]);
        let received = 0;
        for await (const got of client.serverStream({ delayMs: 50, count: 2 }, { timeoutMs })) {
          expect(got.timeoutMs).toBeUndefined();
          received++;
        }
        expect(received).toBe(2);
        const request = toBinary(ConformanceRequestSchema, create(ConformanceRequestSchema, { delayMs: 50, count: 1 }));
        const [output] = await rawCall(instance.bytes, "/loopp.v1.Conformance/Unary", [request], { timeoutMs });
        expect(fromBinary(ConformanceResponseSchema, output ?? new Uint8Array()).timeoutMs).toBeUndefined();
      });

      it("of an immense length for an end or a dial wait as long as it takes", async () => {
        const patient = await launch();
        const patientClient = createClient(Conformance, patient.transport);
        const dialling = patient.broker.dial(1, { timeoutMs: 30 * day });
        await patientClient.unary({ delayMs: 50, count: 1 });
        expect((await patientClient.offer({})).id).toBe(1);
        const brokered = createClient(Conformance, (await dialling).transport);
        expect((await brokered.unary({})).received).toBe(1);
        expect((await patient.stop({ graceMs: 30 * day })).reason).toBe("clean");
      });

      it.each(["unary", "serverStream", "bidiStream"] as const)(
        "end a %s that takes too long, on both sides",
        async (method) => {
          const id = newId();
          const error = await failure(async () => {
            const request = { id, hang: true, count: 1 };
            if (method === "unary") await client.unary(request, { timeoutMs: 100 });
            else if (method === "serverStream") for await (const _ of client.serverStream(request, { timeoutMs: 100 }));
            else for await (const _ of client.bidiStream(endless(request), { timeoutMs: 100 }));
          });
          expect(error.code).toBe(Code.DeadlineExceeded);
          await seenUntil(id, (seen) => seen.abortedCode !== 0);
        },
      );

      it("cancel the plugin's work when the caller aborts", async () => {
        const id = newId();
        const controller = new AbortController();
        const pending = failure(() => client.unary({ id, hang: true }, { signal: controller.signal }));
        await seenUntil(id, ({ started }) => started === 1);
        controller.abort();
        expect((await pending).code).toBe(Code.Canceled);
        await seenUntil(id, (seen) => seen.abortedCode !== 0);
      });

      it("cancel the plugin's work when the consumer breaks out of a stream", async () => {
        const id = newId();
        let read = 0;
        for await (const _ of client.serverStream({ id, count: 1_000_000, sizeBytes: 100 })) if (++read === 3) break;
        const seen = await seenUntil(id, ({ abortedCode }) => abortedCode !== 0);
        expect(seen.finished).toBe(0);
        expect(seen.sent).toBeLessThan(1_000_000);
      });

      // A handler that acts at the end of its input must not act upon half of it.
      it.each([
        ["clientStream", "aborts"],
        ["clientStream", "fails to go on"],
        ["bidiStream", "aborts"],
        ["bidiStream", "fails to go on"],
        ["bidiStream", "breaks out"],
      ] as const)("never end the input of a %s as if it were whole when its caller %s", async (method, how) => {
        const id = newId();
        const controller = new AbortController();
        const { signal } = controller;
        async function* requests() {
          yield { id };
          yield { id };
          if (how === "breaks out") await new Promise(() => {});
          await seenUntil(id, ({ started }) => started === 1);
          if (how === "fails to go on") throw new Error("no more of it");
          controller.abort();
        }
        const call = async () => {
          if (method === "clientStream") await client.clientStream(requests(), { signal });
          else for await (const _ of client.bidiStream(requests(), { signal })) if (how === "breaks out") break;
        };
        if (how === "breaks out") await call();
        else {
          const { code, rawMessage } = await failure(call);
          expect(code).toBe(how === "aborts" ? Code.Canceled : Code.Unknown);
          if (how === "fails to go on") expect(rawMessage).toBe("no more of it");
        }
        const { finished } = await seenUntil(id, ({ ended }) => ended === 1);
        expect(finished).toBe(0);
      });

      it("cancel the plugin's work also for a reason whose code is none, and the life goes on", async () => {
        const id = newId();
        const controller = new AbortController();
        const pending = failure(() => client.unary({ id, hang: true }, { signal: controller.signal }));
        await seenUntil(id, ({ started }) => started === 1);
        controller.abort(new ConnectError("enough", 42 as Code));
        expect((await pending).rawMessage).toBe("enough");
        await seenUntil(id, (seen) => seen.abortedCode !== 0);
      });

      it("refuse a call that was cancelled before it was made", async () => {
        const id = newId();
        const error = await failure(() => client.unary({ id }, { signal: AbortSignal.abort() }));
        expect(error.code).toBe(Code.Canceled);
      });
    });

    describe("backpressure", () => {
      it("keeps a plugin from running ahead of a slow reader", async () => {
        const id = newId();
        const sizeBytes = 64 * 1024;
        const stream = client.serverStream({ id, count: 2000, sizeBytes })[Symbol.asyncIterator]();
        await stream.next();
        // The plugin stops where the window is full: it has settled when two looks in a row see the same.
        let sent = -1;
        for (let same = 0; same < 5; ) {
          const seen = await client.seen({ id });
          same = seen.sent === sent ? same + 1 : 0;
          sent = seen.sent;
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        expect(sent * sizeBytes).toBeLessThan(32 * megabyte);
        let read = 1;
        while (!(await stream.next()).done) read++;
        expect(read).toBe(2000);
      });

      it("keeps a caller from running ahead of a plugin that does not read", async () => {
        let produced = 0;
        const data = new Uint8Array(64 * 1024);
        const controller = new AbortController();
        async function* requests() {
          for (; produced < 2000; produced++) yield { data, hang: true };
        }
        const pending = failure(async () => {
          for await (const _ of client.bidiStream(requests(), { signal: controller.signal }));
        });
        let before = -1;
        for (let same = 0; same < 5; ) {
          same = produced === before ? same + 1 : 0;
          before = produced;
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        expect(produced * data.length).toBeLessThan(32 * megabyte);
        controller.abort();
        expect((await pending).code).toBe(Code.Canceled);
      });
    });

    describe("message limit", () => {
      it.skipIf(boundary === "none")("refuses longer messages in both directions with a clear error", async () => {
        await withInstance(
          async (limited) => {
            const tooMuch = await failure(() => limited.unary({ data: new Uint8Array(2 * megabyte) }));
            expect(tooMuch.code).toBe(Code.ResourceExhausted);
            expect(tooMuch.rawMessage).toMatch(/of \d+ bytes is longer than the limit of 1048576 bytes/);
            const answer = await failure(() => limited.unary({ sizeBytes: 2 * megabyte }));
            expect(answer.code).toBe(Code.ResourceExhausted);
            expect((await limited.unary({ sizeBytes: 1000 })).data.length).toBe(1000);
          },
          { maxMessageBytes: megabyte },
        );
      });

      it("holds for calls of which only the bytes are known, and the life goes on", async () => {
        await withInstance(
          async (limited, { bytes, broker }) => {
            const path = "/loopp.v1.Conformance/Unary";
            const long = create(ConformanceRequestSchema, { data: new Uint8Array(2 * megabyte) });
            const request = toBinary(ConformanceRequestSchema, long);
            expect((await failure(() => rawCall(bytes, path, [request]))).code).toBe(Code.ResourceExhausted);
            // A proxy for what has another limit.
            await using proxied = await broker.serve(instance.bytes);
            const wanted = { id: proxied.id, request: { sizeBytes: 2 * megabyte, count: 1 } };
            expect((await failure(() => limited.callBack(wanted))).code).toBe(Code.ResourceExhausted);
            expect((await limited.unary({})).received).toBe(1);
          },
          { maxMessageBytes: megabyte },
        );
      });
    });

    describe("bytes", () => {
      it("carry a call of which nobody knows the schema", async () => {
        const request = toBinary(
          ConformanceRequestSchema,
          create(ConformanceRequestSchema, { data: Uint8Array.of(9) }),
        );
        const [output] = await rawCall(instance.bytes, "/loopp.v1.Conformance/Unary", [request]);
        expect([...fromBinary(ConformanceResponseSchema, output ?? new Uint8Array()).data]).toEqual([9]);
      });

      it.each(["that nobody has read", "that somebody waits for"])(
        "end a call whose output, one %s, is returned",
        async (how) => {
          const id = newId();
          const { signal } = new AbortController();
          const request = toBinary(ConformanceRequestSchema, create(ConformanceRequestSchema, { id, hang: true }));
          const { output, trailer } = instance.bytes.call(
            byteCall("/loopp.v1.Conformance/Unary", [request], { signal }),
          );
          const reader = output[Symbol.asyncIterator]();
          const waiting = how === "that nobody has read" ? undefined : failure(() => reader.next());
          await seenUntil(id, ({ started }) => started === 1);
          expect(await reader.return?.()).toMatchObject({ done: true });
          await seenUntil(id, (seen) => seen.abortedCode !== 0);
          expect((await failure(() => trailer)).code).toBe(Code.Canceled);
          expect((await waiting)?.code).toBe(waiting && Code.Canceled);
        },
      );

      it("make a complete proxy: metadata, trailers, status, details and streams unchanged", async () => {
        await withInstance(async (_, other) => {
          // subject's connection served on another plugin's broker, dialled from that plugin's side and proxied back
          await using proxied = await other.broker.serve(instance.bytes);
          const viaPlugin = createClient(Conformance, other.transport);
          const { response } = await viaPlugin.callBack({
            id: proxied.id,
            request: { data: Uint8Array.of(5), sizeBytes: 3 },
          });
          expect(response?.data.length).toBe(3);
          const error = await failure(() =>
            viaPlugin.callBack({
              id: proxied.id,
              request: { error: { code: Code.DataLoss, message: "lost", detail: [{ name: "a", value: "b" }] } },
            }),
          );
          expect([error.code, error.rawMessage]).toEqual([Code.DataLoss, "lost"]);
          expect(error.findDetails(MetadataSchema)[0]?.value).toBe("b");
        });
      });
    });

    describe("broker", () => {
      it("lets the plugin call what the host serves", async () => {
        await using server = await instance.broker.serve(conformanceRoutes({}));
        const { response } = await client.callBack({ id: server.id, request: { data: Uint8Array.of(4, 2) } });
        expect([...(response?.data ?? [])]).toEqual([4, 2]);
      });

      it("lets the host call what the plugin serves, more than once", async () => {
        const { id } = await client.offer({});
        for (let round = 0; round < 2; round++) {
          await using connection = await instance.broker.dial(id);
          const brokered = createClient(Conformance, connection.transport);
          expect((await brokered.unary({ data: Uint8Array.of(round) })).data[0]).toBe(round);
          let count = 0;
          for await (const _ of brokered.serverStream({ count: 5 })) count++;
          expect(count).toBe(5);
        }
      });

      it("carries streams, errors and metadata like the main connection", async () => {
        const { id } = await client.offer({});
        await using connection = await instance.broker.dial(id);
        const brokered = createClient(Conformance, connection.transport);
        const error = await failure(() => brokered.unary({ error: { code: Code.Aborted, message: "stop" } }));
        expect([error.code, error.rawMessage]).toEqual([Code.Aborted, "stop"]);
      });

      it("gives up on an id that nobody serves", async () => {
        const error = await failure(() => instance.broker.dial(4_000_000, { timeoutMs: 50 }));
        expect(error.code).toBe(Code.Unavailable);
        expect(error.rawMessage).toContain("timeout waiting for connection info");
      });

      it("ends calls on a connection that is closed or no longer served", async () => {
        const server = await instance.broker.serve(conformanceRoutes({}));
        const pending = failure(() => client.callBack({ id: server.id, request: { hang: true } }));
        await new Promise((resolve) => setTimeout(resolve, 50));
        await server[Symbol.asyncDispose]();
        expect((await pending).code).toBe(Code.Unavailable);
        expect((await failure(() => client.callBack({ id: server.id, request: {} }))).code).toBe(Code.Unavailable);

        const { id } = await client.offer({});
        const connection = await instance.broker.dial(id);
        const held = failure(() => createClient(Conformance, connection.transport).unary({ hang: true }));
        await connection[Symbol.asyncDispose]();
        expect((await held).code).toBe(Code.Canceled);
      });

      it("opens and closes a hundred connections without keeping them", async () => {
        for (let round = 0; round < 100; round++) {
          await using server = await instance.broker.serve(conformanceRoutes({}));
          await client.callBack({ id: server.id, request: { count: 1 } });
        }
      });
    });

    describe("what every plugin has", () => {
      it("answers the health service", async () => {
        const health = createClient(Health, instance.transport);
        expect((await health.check({ service: "plugin" })).status).toBe(HealthCheckResponse_ServingStatus.SERVING);
        expect((await failure(() => health.check({ service: "other" }))).code).toBe(Code.NotFound);
      });

      it("gives its metrics in both formats", async () => {
        await client.unary({});
        const diagnostics = createClient(Diagnostics, instance.transport);
        const classic = await diagnostics.collectMetrics({});
        expect(classic.contentType).toContain("text/plain");
        expect(classic.body).toMatch(/^conformance_calls_total\{method="Unary"\} \d+$/m);
        expect(classic.body.includes("process_resident_memory_bytes")).toBe(boundary === "process");
        const open = await diagnostics.collectMetrics({ accept: "application/openmetrics-text; version=1.0.0" });
        expect(open.contentType).toContain("application/openmetrics-text");
        expect(open.body.trimEnd().endsWith("# EOF")).toBe(true);
      });

      it("says what it is and where it runs", async () => {
        const description = await createClient(Diagnostics, instance.transport).describe({});
        expect(description.services).toEqual(["loopp.v1.Conformance"]);
        expect(description.protocolVersion).toBe(1);
        expect(description.pid === process.pid).toBe(boundary !== "process");
        expect(instance.facts.pid !== undefined).toBe(boundary === "process");
        expect(instance.facts.threadId !== undefined).toBe(boundary === "thread");
      });

      it("logs to the host, structured", async () => {
        const lines: LogEntry[] = [];
        await withInstance(
          async (talkative) => {
            await talkative.print({ text: "hello" });
            const wanted = capturesConsole
              ? ["log hello", "console hello", "console-error hello", "stdout hello", "stderr hello"]
              : ["log hello"];
            await until(() => wanted.every((text) => lines.some(({ message }) => message === text)));
            const line = lines.find(({ message }) => message === "log hello");
            expect(line).toMatchObject({ level: "warn", source: "log", fields: { text: "hello", answer: 42 } });
            expect(line?.caller).toMatch(/^(conformance\/conformance\.plugin\.[jt]s|[^/]+\/conformance(\.mjs)?):\d+$/);
            expect(Math.abs((line?.time ?? 0) - Date.now())).toBeLessThan(60_000);
            expect(lines.find(({ message }) => message === "conformance plugin is up")?.fields).toMatchObject({
              greeting: "hi",
            });
            if (capturesConsole) {
              expect(lines.find(({ message }) => message === "console-error hello")?.level).toBe("error");
            }
          },
          { config: { greeting: "hi" }, onLog: (entry) => lines.push(entry) },
        );
      });
    });

    it.skipIf(boundary === "none")("a plugin's config is what JSON makes of the host's", async () => {
      const lines: LogEntry[] = [];
      const greeting = { toJSON: () => "from JSON", never: () => {} };
      await withInstance(() => until(() => lines.some(({ fields }) => fields.greeting === "from JSON")), {
        config: { greeting, onEvent: () => {} },
        onLog: (entry) => lines.push(entry),
      });
    });

    describe("the end", () => {
      it("comes in peace when the host stops the plugin, and calls after it fail at once", async () => {
        const stopped = await launch();
        const stoppedClient = createClient(Conformance, stopped.transport);
        await stoppedClient.unary({});
        const exit = await stopped.stop({ graceMs: 5000 });
        expect(exit.reason).toBe("clean");
        expect(await stopped.exited).toBe(exit);
        const error = await failure(() => stoppedClient.unary({}));
        expect(error.code).toBe(Code.Unavailable);
        expect(findExit(error)).toMatchObject({ plugin: "subject", generation: 1, reason: "clean" });
        expect((await failure(() => stopped.broker.dial(1))).code).toBe(Code.Unavailable);
      });

      it("waits for the plugin's last work as long as the host's grace lasts", async () => {
        const lines: LogEntry[] = [];
        const busy = await launch("conformance", {
          config: { disposeMs: 2500 },
          onLog: (entry) => lines.push(entry),
        });
        const exit = await busy.stop({ graceMs: 60_000 });
        expect(exit.reason).toBe("clean");
        expect(lines.map(({ message }) => message)).toContain("conformance plugin has ended");
      });

      it("cuts off every call in flight with Unavailable and the exit when the plugin is killed", async () => {
        const doomed = await launch();
        const doomedClient = createClient(Conformance, doomed.transport);
        const calls = [
          failure(() => doomedClient.unary({ id: "u", hang: true })),
          failure(async () => {
            for await (const _ of doomedClient.serverStream({ id: "s", hang: true, count: 1 }));
          }),
          failure(async () => {
            for await (const _ of doomedClient.bidiStream(endless({ id: "b", hang: true })));
          }),
          failure(() => doomedClient.clientStream(endless({ id: "c" }))),
        ];
        await until(async () => (await doomedClient.seen({ id: "b" })).started === 1);
        doomed.kill();
        for (const error of await Promise.all(calls)) {
          expect(error.code).toBe(Code.Unavailable);
          expect(findExit(error)).toMatchObject({ plugin: "subject", reason: "killed" });
        }
        expect((await doomed.exited).reason).toBe("killed");
      });

      it("is said by the instance itself, with the reason that its calls have", async () => {
        const doomed = await launch();
        expect(doomed.ended.aborted).toBe(false);
        doomed.kill();
        await doomed.exited;
        expect(doomed.ended.aborted).toBe(true);
        expect(findExit(doomed.ended.reason)).toMatchObject({ plugin: "subject", generation: 1, reason: "killed" });
      });

      it.skipIf(boundary === "none").each([
        ["exits", DieRequest_How.EXIT],
        ["throws outside a call", DieRequest_How.THROW],
        ["rejects unheard", DieRequest_How.REJECT],
      ] as const)("is a crash when the plugin %s", async (_, how) => {
        const doomed = await launch();
        const error = await failure(() => createClient(Conformance, doomed.transport).die({ how, code: 7 }));
        expect(error.code).toBe(Code.Unavailable);
        expect(findExit(error)).toMatchObject({ reason: "crashed" });
        const exit = await doomed.exited;
        expect(exit.reason).toBe("crashed");
        if (how === DieRequest_How.EXIT) expect(exit.code).toBe(7);
        else expect(`${exit.message ?? ""} ${exit.lastStderr.join("\n")}`).toMatch(/on purpose/);
      });

      it.skipIf(!preemptible)("comes also to a plugin that blocks its event loop", async () => {
        const stuck = await launch();
        const pending = failure(() => createClient(Conformance, stuck.transport).die({ how: DieRequest_How.BLOCK }));
        await new Promise((resolve) => setTimeout(resolve, 100));
        const exit = await stuck.stop({ graceMs: 200 });
        expect(exit.reason).toBe("killed");
        expect((await pending).code).toBe(Code.Unavailable);
      });
    });

    describe("a plugin that does not come up", () => {
      it.each([
        ["throws in setup", "setup-throws", /no database/],
        ["is not there", "missing", /missing/],
        ["is no plugin", "not-a", /not made by definePlugin/],
      ] as const)("fails its launch with the reason when it %s", async (_, plugin, text) => {
        const error = await launch(plugin).catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(LaunchError);
        expect((error as LaunchError).code).toBe("launch-failed");
        expect(`${(error as LaunchError).message} ${(error as LaunchError).lastStderr.join("\n")}`).toMatch(text);
      });

      it("fails its launch when host and plugin mean different plugins", async () => {
        const error = await launch("conformance", {
          handshake: { cookieKey: "OTHER", cookieValue: "x", protocolVersions: [1] },
        }).catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(LaunchError);
        expect((error as LaunchError).code).toBe("handshake-failed");
      });

      it("fails its launch when they share no protocol version", async () => {
        const error = await launch("conformance", {
          handshake: { ...defaultHandshake, protocolVersions: [2, 3] },
        }).catch((thrown: unknown) => thrown);
        expect((error as LaunchError).code).toBe("handshake-failed");
        expect((error as LaunchError).message).toContain("version");
      });

      it.skipIf(boundary === "none")("fails its launch when its config is no JSON", async () => {
        const circle: { inner?: unknown } = {};
        circle.inner = circle;
        const error = await launch("conformance", { config: circle }).catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(LaunchError);
        expect((error as LaunchError).code).toBe("launch-failed");
        expect((error as LaunchError).message).toContain("config");
      });

      it("ends its launch when the host no longer wants it", async () => {
        const error = await launch("setup-hangs", { signal: AbortSignal.timeout(300) }).catch(
          (thrown: unknown) => thrown,
        );
        expect(error).toBeInstanceOf(LaunchError);
      });
    });
  });
}

async function failure(act: () => Promise<unknown>): Promise<ConnectError> {
  try {
    await act();
  } catch (error) {
    expect(error).toBeInstanceOf(ConnectError);
    return error as ConnectError;
  }
  throw new Error("the call was expected to fail and did not");
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}

async function rawCall(
  handler: ByteHandler,
  path: string,
  input: Uint8Array[],
  options: Partial<Call<Uint8Array>> = {},
): Promise<Uint8Array[]> {
  const outputs: Uint8Array[] = [];
  for await (const output of handler.call(byteCall(path, input, options)).output) outputs.push(output);
  return outputs;
}

function byteCall(path: string, input: Uint8Array[], options: Partial<Call<Uint8Array>> = {}): Call<Uint8Array> {
  return { path, header: new Headers(), signal: AbortSignal.timeout(10_000), input: chunksOf(...input), ...options };
}

async function* chunksOf<T>(...values: T[]): AsyncGenerator<T> {
  yield* values;
}

async function* chunks(count: number, size: number): AsyncGenerator<{ data: Uint8Array }> {
  for (let index = 0; index < count; index++) yield { data: new Uint8Array(size) };
}

/** Yields once and then nothing more, for ever. */
async function* endless<T>(value: T): AsyncGenerator<T> {
  yield value;
  await new Promise(() => {});
}

/** An iterable that is spoken into. */
function conversation<T>(): AsyncIterable<T> & { say(value: T): void; end(): void } {
  const said: T[] = [];
  let ended = false;
  let wake = () => {};
  return {
    say(value) {
      said.push(value);
      wake();
    },
    end() {
      ended = true;
      wake();
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        for (let next = said.shift(); next !== undefined; next = said.shift()) yield next;
        if (ended) return;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
