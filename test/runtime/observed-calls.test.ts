import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import {
  Conformance,
  ConformanceRequestSchema,
  ConformanceResponseSchema,
} from "../../proto/gen/loopp/v1/conformance_pb.ts";
import {
  type CallObserver,
  type Carrier,
  createClient,
  createRuntime,
  findExit,
  type ObservedCall,
  type PluginInstance,
} from "../../src/index.ts";
import { decorateInstance } from "../../src/runtime/decorated-instance.ts";
import { observeCalls } from "../../src/runtime/observed-calls.ts";
import { failure } from "../../src/testing/failure.ts";
import { until } from "../../src/testing/until.ts";
import { ignore } from "../../transports/calls/iterables.ts";
import { createInProcessTransport } from "../../transports/in-process/index.ts";
import { check } from "../../transports/options/check.ts";
import { defaultHandshake } from "../../transports/plugin.ts";
import { createProcessTransport } from "../../transports/process/index.ts";
import type { PluginTransport } from "../../transports/transport.ts";
import { createWorkerTransport } from "../../transports/worker/index.ts";
import { createLedger, kinds, ledgerModule } from "./support.ts";

const transports: Record<(typeof kinds)[number], PluginTransport> = {
  "in-process": createInProcessTransport(),
  worker: createWorkerTransport(),
  process: createProcessTransport(),
};
const conformance = new URL("../../src/testing/conformance/conformance.plugin.ts", import.meta.url);
const unaryPath = "/loopp.v1.Conformance/Unary";
const quick = { initialDelayMs: 1, maxDelayMs: 5, jitter: 0, healthyMs: 1e9 };

/** Calls by their names, with the code of each of their ends. */
function createRecord() {
  const calls: ObservedCall[] = [];
  const ends: string[] = [];
  const observer: CallObserver = (call) => {
    calls.push(call);
    return (error) => ends.push(`${call.method} ${error === undefined ? "ok" : Code[error.code]}`);
  };
  return { calls, ends, observer };
}

function unaryBytes(bytes: Carrier<Uint8Array>, request: { hang?: boolean } = {}) {
  async function* input() {
    yield toBinary(ConformanceRequestSchema, create(ConformanceRequestSchema, request));
  }
  return bytes.stream({ path: unaryPath, metadata: [], input: input() });
}

async function readAll(output: AsyncIterable<Uint8Array>) {
  const messages = [];
  for await (const message of output) messages.push(fromBinary(ConformanceResponseSchema, message));
  return messages;
}

describe.each(kinds)("an observer of the calls to a plugin on %s", (kind) => {
  async function withObserver(observer: CallObserver, use: (instance: PluginInstance) => Promise<void>) {
    const transport = transports[kind];
    const launched = await transport.launch(check(transport.options, { module: conformance }, "subject"), {
      name: "subject",
      generation: 7,
      config: undefined,
      handshake: defaultHandshake,
      guestProgram: new URL("../../src/guest/program.ts", import.meta.url),
      signal: AbortSignal.timeout(60_000),
      onLog: () => {},
    });
    try {
      await use(decorateInstance(launched, (carrier) => observeCalls("subject", observer).over(carrier)));
    } finally {
      await launched.stop({ graceMs: 2000 });
    }
  }

  it("sees calls of all four shapes and calls as bytes, each with its end", async () => {
    const { calls, ends, observer } = createRecord();
    await withObserver(observer, async (instance) => {
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
    expect(calls[4]).toMatchObject({ method: "Unary" });
    expect(ends).toEqual(["Unary ok", "ServerStream ok", "ClientStream ok", "BidiStream ok", "Unary ok"]);
  });

  it("sees calls on brokered connections", async () => {
    const { ends, observer } = createRecord();
    await withObserver(observer, async (instance) => {
      const { id } = await createClient(Conformance, instance.transport).offer({});
      await using connection = await instance.broker.dial(id);
      await createClient(Conformance, connection.transport).unary({});
      await readAll(unaryBytes(connection.bytes).output);
      await until("all three calls have ended", () => ends.length === 3);
      expect(ends).toEqual(["Offer ok", "Unary ok", "Unary ok"]);
    });
  });

  it("sees one end, be it an error, a deadline, a cancel, a break-out, or the end of the instance", async () => {
    const { ends, observer } = createRecord();
    await withObserver(observer, async (instance) => {
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
