import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import {
  Conformance,
  ConformanceRequestSchema,
  ConformanceResponseSchema,
} from "../../../proto/gen/loopp/v1/conformance_pb.ts";
import { createClient, createRuntime, findExit, type ObservedCall, type PluginInstance } from "../../../src/index.ts";
import { hookCalls } from "../../../src/runtime/hooks/attach.ts";
import type { CallHook, HookedCallInfo } from "../../../src/runtime/hooks/hook.ts";
import { failure } from "../../../src/testing/failure.ts";
import { until } from "../../../src/testing/until.ts";
import { ignore } from "../../../transports/calls/iterables.ts";
import type { ByteHandler } from "../../../transports/connection.ts";
import { createInProcessTransport } from "../../../transports/in-process/index.ts";
import { check } from "../../../transports/options/check.ts";
import { defaultHandshake } from "../../../transports/plugin.ts";
import { createProcessTransport } from "../../../transports/process/index.ts";
import type { PluginTransport } from "../../../transports/transport.ts";
import { createWorkerTransport } from "../../../transports/worker/index.ts";
import { createLedger, kinds, ledgerModule } from "../support.ts";

const transports: Record<(typeof kinds)[number], PluginTransport> = {
  "in-process": createInProcessTransport(),
  worker: createWorkerTransport(),
  process: createProcessTransport(),
};
const conformance = new URL("../../../src/testing/conformance/conformance.plugin.ts", import.meta.url);
const unaryPath = "/loopp.v1.Conformance/Unary";
const quick = { initialDelayMs: 1, maxDelayMs: 5, jitter: 0, healthyMs: 1e9 };

/** Calls by their names, with the code of each of their ends. */
function createRecord() {
  const calls: HookedCallInfo[] = [];
  const ends: string[] = [];
  const hook: CallHook = (call) => {
    calls.push(call);
    return { end: (error) => ends.push(`${call.method} ${error === undefined ? "ok" : Code[error.code]}`) };
  };
  return { calls, ends, hook, methods: () => calls.map(({ method }) => method) };
}

function unaryBytes(bytes: ByteHandler, request: { id?: string; hang?: boolean } = {}, signal?: AbortSignal) {
  async function* input() {
    yield toBinary(ConformanceRequestSchema, create(ConformanceRequestSchema, request));
  }
  return bytes.call({
    path: unaryPath,
    header: new Headers(),
    signal: signal ?? new AbortController().signal,
    input: input(),
  });
}

async function readAll(output: AsyncIterable<Uint8Array>) {
  const messages = [];
  for await (const message of output) messages.push(fromBinary(ConformanceResponseSchema, message));
  return messages;
}

describe.each(kinds)("a hook on the calls to a plugin on %s", (kind) => {
  async function withHooks(
    hooks: readonly CallHook[],
    use: (instance: PluginInstance) => Promise<void>,
    module = conformance,
    config: unknown = undefined,
  ) {
    const transport = transports[kind];
    const launched = await transport.launch(check(transport.options, { module }, "subject"), {
      name: "subject",
      generation: 7,
      config,
      handshake: defaultHandshake,
      guestProgram: new URL("../../../src/guest/program.ts", import.meta.url),
      signal: AbortSignal.timeout(60_000),
      onLog: () => {},
    });
    try {
      await use(hookCalls(launched, hooks));
    } finally {
      await launched.stop({ graceMs: 2000 });
    }
  }

  it("sees calls of all four shapes and calls as bytes, each with its end", async () => {
    const { calls, ends, hook } = createRecord();
    await withHooks([hook], async (instance) => {
      const client = createClient(Conformance, instance.transport);
      async function* requests() {
        yield { count: 1 };
      }
      await client.unary({});
      for await (const _ of client.serverStream({ count: 3 }));
      await client.clientStream(requests());
      for await (const _ of client.bidiStream(requests()));
      expect(await readAll(unaryBytes(instance.bytes).output)).toHaveLength(1);
      await until("all five calls have ended", () => ends.length === 5);
    });
    expect(calls.map(({ kind }) => kind)).toEqual([
      "unary",
      "server_streaming",
      "client_streaming",
      "bidi_streaming",
      undefined,
    ]);
    expect(calls.every(({ service }) => service === "loopp.v1.Conformance")).toBe(true);
    expect(calls[4]).toMatchObject({ path: unaryPath, method: "Unary" });
    expect(ends).toEqual(["Unary ok", "ServerStream ok", "ClientStream ok", "BidiStream ok", "Unary ok"]);
  });

  it("sees calls on brokered connections", async () => {
    const { ends, hook } = createRecord();
    await withHooks([hook], async (instance) => {
      const { id } = await createClient(Conformance, instance.transport).offer({});
      await using connection = await instance.broker.dial(id);
      await createClient(Conformance, connection.transport).unary({});
      await readAll(unaryBytes(connection.bytes).output);
      await until("all three calls have ended", () => ends.length === 3);
      expect(ends).toEqual(["Offer ok", "Unary ok", "Unary ok"]);
    });
  });

  it("sees one end, be it an error, a deadline, a cancel, a break-out, or the end of the instance", async () => {
    const { ends, hook } = createRecord();
    await withHooks([hook], async (instance) => {
      const client = createClient(Conformance, instance.transport);
      await failure(client.unary({ error: { code: Code.NotFound, message: "no" } }));
      await failure(client.unary({ hang: true }, { timeoutMs: 50 }));
      const caller = new AbortController();
      const canceled = failure(client.unary({ id: "canceled", hang: true }, { signal: caller.signal }));
      await until(
        "the plugin has begun the call",
        async () =>
          (await instance.transport.unary(Conformance.method.seen, undefined, undefined, {}, { id: "canceled" }))
            .message.started === 1,
      );
      caller.abort();
      await canceled;
      expect(ends.filter((end) => end.startsWith("Unary"))).toEqual([
        "Unary NotFound",
        "Unary DeadlineExceeded",
        "Unary Canceled",
      ]);
      for await (const _ of client.serverStream({ count: 1000 })) break;
      expect(ends.at(-1)).toBe("ServerStream Canceled");
      // These two are never read. One still ends at the deadline, the other with the instance.
      const transport = instance.transport;
      async function* one() {
        yield { count: 5, delayMs: 1 };
      }
      // On a busy machine the deadline may come before the answer begins.
      await transport.stream(Conformance.method.serverStream, undefined, 100, {}, one()).catch(ignore);
      await until("the deadline has ended the stream", () => ends.at(-1) === "ServerStream DeadlineExceeded");
      await transport.stream(Conformance.method.serverStream, undefined, undefined, {}, one());
      const response = unaryBytes(instance.bytes, { hang: true });
      const inFlight = failure(client.unary({ hang: true }));
      const before = ends.length;
      instance.kill();
      expect(findExit(await inFlight)).toMatchObject({ generation: 7, reason: "killed" });
      await failure(readAll(response.output));
      await until("three more calls have ended", () => ends.length === before + 3);
      expect(ends.slice(before).sort()).toEqual(["ServerStream Unavailable", "Unary Unavailable", "Unary Unavailable"]);
    });
  });

  it("may send an error instead of the call", async () => {
    const { ends, hook } = createRecord();
    const refuse: CallHook = ({ method }) => {
      if (method !== "Seen") throw new ConnectError("not today", Code.FailedPrecondition);
      return undefined;
    };
    const refuseLate: CallHook = async (call) => refuse(call);
    for (const refusing of [refuse, refuseLate]) {
      await withHooks([hook, refusing], async (instance) => {
        const client = createClient(Conformance, instance.transport);
        expect((await failure(client.unary({ id: "never" }))).rawMessage).toBe("not today");
        expect((await failure(readAll(unaryBytes(instance.bytes, { id: "never" }).output))).rawMessage).toBe(
          "not today",
        );
        const stream = async () => {
          for await (const _ of client.serverStream({ id: "never" }));
        };
        expect((await failure(stream())).code).toBe(Code.FailedPrecondition);
        expect((await client.seen({ id: "never" })).started).toBe(0);
      });
    }
    expect(ends.filter((end) => end.endsWith("FailedPrecondition"))).toHaveLength(6);
    expect(ends.filter((end) => end === "Seen ok")).toHaveLength(2);
  });

  it("may wait, and the call goes on with what is left of its time", async () => {
    const gate = Promise.withResolvers<void>();
    let waiting = 0;
    const hook: CallHook = ({ method }) => {
      if (method !== "Unary") return undefined;
      waiting++;
      return gate.promise.then(() => ({}));
    };
    await withHooks([hook], async (instance) => {
      const client = createClient(Conformance, instance.transport);
      const typed = client.unary({ id: "held" }, { timeoutMs: 30_000 });
      const bytes = unaryBytes(instance.bytes, { id: "held" });
      await until("both calls wait for the hook", () => waiting === 2);
      expect((await client.seen({ id: "held" })).started).toBe(0);
      gate.resolve();
      expect((await typed).timeoutMs).toBeLessThan(30_000);
      expect(await readAll(bytes.output)).toHaveLength(1);
      expect((await client.seen({ id: "held" })).started).toBe(2);
    });
  });

  it("holds no call beyond its deadline, its signal or the instance while it waits", async () => {
    const { ends, hook } = createRecord();
    // Ignores the signal of the call, as a hook should not.
    const hang: CallHook = ({ method }) => (method === "Unary" ? new Promise(() => {}) : undefined);
    await withHooks([hook, hang], async (instance) => {
      const client = createClient(Conformance, instance.transport);
      expect((await failure(client.unary({}, { timeoutMs: 20 }))).code).toBe(Code.DeadlineExceeded);
      const caller = new AbortController();
      const canceled = failure(client.unary({}, { signal: caller.signal }));
      const canceledBytes = failure(readAll(unaryBytes(instance.bytes, {}, caller.signal).output));
      caller.abort();
      expect((await canceled).code).toBe(Code.Canceled);
      expect((await canceledBytes).code).toBe(Code.Canceled);
      const { id } = await client.offer({});
      const connection = await instance.broker.dial(id);
      const closed = failure(createClient(Conformance, connection.transport).unary({}));
      await connection[Symbol.asyncDispose]();
      expect((await closed).code).toBe(Code.Canceled);
      const inFlight = failure(client.unary({}));
      instance.kill();
      expect(findExit(await inFlight)).toMatchObject({ plugin: "subject", generation: 7, reason: "killed" });
    });
    expect(ends).toEqual([
      "Unary DeadlineExceeded",
      "Unary Canceled",
      "Unary Canceled",
      "Offer ok",
      "Unary Canceled",
      "Unary Unavailable",
    ]);
  });

  it("may hold back an answer, and each message of one", async () => {
    const steps: string[] = [];
    const hook: CallHook = ({ method }) => ({
      sent: () => steps.push(`${method} sent`),
      async beforeAnswer() {
        await Promise.resolve();
        steps.push(`${method} answer`);
      },
      async beforeMessage() {
        await Promise.resolve();
        steps.push(`${method} message`);
      },
    });
    await withHooks([hook, hook], async (instance) => {
      const client = createClient(Conformance, instance.transport);
      await client.unary({});
      expect(steps.splice(0)).toEqual(["Unary sent", "Unary sent", "Unary answer", "Unary answer"]);
      for await (const _ of client.serverStream({ count: 2 })) steps.push("read");
      const message = Array(2).fill("ServerStream message");
      expect(steps.splice(0).slice(2)).toEqual([
        ...Array(2).fill("ServerStream answer"),
        ...message,
        "read",
        ...message,
        "read",
      ]);
      await readAll(unaryBytes(instance.bytes).output);
      expect(steps.splice(2, 4)).toEqual(["Unary answer", "Unary answer", "Unary message", "Unary message"]);
      await failure(client.unary({ error: { code: Code.NotFound, message: "no" } }));
      expect(steps.slice(-2)).toEqual(["Unary answer", "Unary answer"]);
    });
  });
});

describe.each(kinds)("onCall of a runtime with a plugin on %s", (transport) => {
  it("is called once for every call, also for those that find no instance", async () => {
    using ledger = createLedger();
    const told: ObservedCall[] = [];
    const ends: string[] = [];
    await using runtime = await createRuntime({
      plugins: {
        ledger: {
          module: ledgerModule,
          transport,
          config: { ledger: ledger.path },
          restart: { ...quick, initialDelayMs: 60_000, maxDelayMs: 60_000 },
          health: false,
        },
      },
      onLog: () => {},
      onCall(call) {
        told.push(call);
        return (error) => ends.push(`${call.method} ${error === undefined ? "ok" : Code[error.code]}`);
      },
    });
    const plugin = runtime.plugin("ledger");
    const client = plugin.client(Conformance);
    await client.unary({});
    const resource = plugin.resource({
      async create({ transport, broker }) {
        const { id } = await createClient(Conformance, transport).offer({});
        return broker.dial(id);
      },
    });
    await createClient(Conformance, (await resource.get()).transport).unary({});
    expect(told).toEqual(
      ["Unary", "Offer", "Unary"].map((method) => ({
        plugin: "ledger",
        service: "loopp.v1.Conformance",
        method,
        kind: "unary",
      })),
    );
    expect(ends).toEqual(["Unary ok", "Offer ok", "Unary ok"]);
    plugin.kill();
    await until("the plugin has crashed", () => plugin.state === "backing-off");
    ends.length = 0;
    await failure(plugin.client(Conformance, { waitForReady: false }).unary({}));
    await failure(client.unary({}, { timeoutMs: 20 }));
    const caller = new AbortController();
    const canceled = failure(client.unary({}, { signal: caller.signal }));
    caller.abort();
    await canceled;
    await plugin.stop();
    await failure(readAll(unaryBytes(plugin.bytes).output));
    expect(ends).toEqual(["Unary Unavailable", "Unary DeadlineExceeded", "Unary Canceled", "Unary Unavailable"]);
    expect(told).toHaveLength(7);
    await plugin.start();
    await client.unary({});
    expect(told).toHaveLength(8);
  });
});
