import { Code } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { Health } from "../../proto/gen/grpc/health/v1/health_pb.ts";
import { Conformance } from "../../proto/gen/loopp/v1/conformance_pb.ts";
import {
  createClient,
  createRuntime,
  type FaultRule,
  findExit,
  type PluginOptions,
  type Runtime,
} from "../../src/index.ts";
import { failure } from "../../src/testing/failure.ts";
import { until } from "../../src/testing/until.ts";
import { createLedger, isolated, kinds, ledgerModule } from "./support.ts";

const conformance = new URL("../../src/testing/conformance/conformance.plugin.ts", import.meta.url);
const quick = { initialDelayMs: 1, maxDelayMs: 5, jitter: 0, healthyMs: 1e9 };
const service = Conformance.typeName;

describe.each(kinds)("faults of a plugin on %s", (transport) => {
  async function run(
    faults: readonly FaultRule[],
    more: PluginOptions = {},
  ): Promise<{ runtime: Runtime; lines: string[] }> {
    const lines: string[] = [];
    const runtime = await createRuntime({
      plugins: { subject: { module: conformance, transport, restart: quick, health: false, faults, ...more } },
      onLog: ({ source, message }) => source === "host" && lines.push(message),
    });
    return { runtime, lines };
  }

  it("fail the call that they count to, and say so", async () => {
    const { runtime, lines } = await run([
      { service, method: "Unary", nth: 2, error: { code: Code.ResourceExhausted, message: "full" } },
    ]);
    await using _ = runtime;
    const client = runtime.client("subject", Conformance);
    await client.unary({});
    await client.seen({});
    const error = await failure(client.unary({ id: "second" }));
    expect([error.code, error.rawMessage]).toEqual([Code.ResourceExhausted, "full"]);
    await client.unary({});
    expect((await client.seen({ id: "second" })).started).toBe(0);
    expect(lines).toEqual([`a fault on ${service}/Unary: it fails with ResourceExhausted`]);
  });

  it("lose the answer to a call that the plugin has handled", async () => {
    const { runtime } = await run([{ method: "Unary", nth: 1, drop: true }]);
    await using _ = runtime;
    const client = runtime.client("subject", Conformance);
    expect((await failure(client.unary({ id: "lost" }, { timeoutMs: 300 }))).code).toBe(Code.DeadlineExceeded);
    expect((await client.seen({ id: "lost" })).finished).toBe(1);
    runtime.plugin("subject").faults.set([{ method: "ServerStream", drop: true }]);
    const caller = new AbortController();
    const read = async () => {
      for await (const _ of client.serverStream({ id: "stream", count: 1 }, { signal: caller.signal }));
    };
    const lost = failure(read());
    await until("the plugin has begun the stream", async () => (await client.seen({ id: "stream" })).started === 1);
    caller.abort();
    expect((await lost).code).toBe(Code.Canceled);
  });

  it("never send a call, and the caller's deadline ends it", async () => {
    const { runtime } = await run([{ method: "Unary", hang: true }]);
    await using _ = runtime;
    const client = runtime.client("subject", Conformance);
    expect((await failure(client.unary({ id: "hung" }, { timeoutMs: 50 }))).code).toBe(Code.DeadlineExceeded);
    expect((await client.seen({ id: "hung" })).started).toBe(0);
  });

  it("kill the instance during a call, and the next instance answers", async () => {
    const { runtime } = await run([{ method: "Unary", nth: 1, crash: true }]);
    await using _ = runtime;
    const client = runtime.client("subject", Conformance);
    const error = await failure(client.unary({ id: "fatal" }));
    expect(findExit(error)).toMatchObject({ plugin: "subject", generation: 1, reason: "killed" });
    await client.unary({});
    const { generation, restarts, lastExit } = runtime.plugin("subject").status;
    expect({ generation, restarts }).toEqual({ generation: 2, restarts: 1 });
    expect(lastExit?.signal).toBe(transport === "process" ? "SIGKILL" : undefined);
  });

  it("delay a call, within its deadline", async () => {
    const { runtime } = await run([{ method: "Unary", delayMs: 50 }]);
    await using _ = runtime;
    const client = runtime.client("subject", Conformance);
    const begin = performance.now();
    expect((await client.unary({}, { timeoutMs: 30_000 })).timeoutMs).toBeLessThan(29_960);
    expect(performance.now() - begin).toBeGreaterThan(49);
    runtime.plugin("subject").faults.set([{ method: "Unary", delayMs: 60_000 }]);
    expect((await failure(client.unary({ id: "late" }, { timeoutMs: 50 }))).code).toBe(Code.DeadlineExceeded);
    expect((await client.seen({ id: "late" })).started).toBe(0);
  });

  it("slow a stream down, message by message", async () => {
    const { runtime } = await run([{ method: "ServerStream", slowStreamMs: 1 }]);
    await using _ = runtime;
    const client = runtime.client("subject", Conformance);
    let count = 0;
    const read = async (timeoutMs: number) => {
      count = 0;
      for await (const _ of client.serverStream({ id: "slow", count: 4, delayMs: 20 }, { timeoutMs })) count++;
    };
    await read(30_000);
    expect(count).toBe(4);
    runtime.plugin("subject").faults.set([{ method: "ServerStream", slowStreamMs: 60_000 }]);
    expect((await failure(read(500))).code).toBe(Code.DeadlineExceeded);
    expect(count).toBe(0);
    expect((await client.seen({ id: "slow" })).started).toBe(2);
  });

  it("are set while the plugin runs, stay across instances, and count from 1 when they are set again", async () => {
    const rules = [{ method: "Unary", nth: 2, error: { code: Code.Aborted } }];
    const { runtime } = await run([]);
    await using _ = runtime;
    const plugin = runtime.plugin("subject");
    const client = plugin.client(Conformance);
    await client.unary({});
    plugin.faults.set(rules);
    expect(plugin.faults.rules).toEqual(rules);
    await client.unary({});
    await plugin.restart();
    expect((await failure(client.unary({}))).code).toBe(Code.Aborted);
    plugin.faults.set(rules);
    await client.unary({});
    plugin.faults.clear();
    expect(plugin.faults.rules).toEqual([]);
    await client.unary({});
    expect(() => plugin.faults.set([{ drop: 1 } as never])).toThrow(
      "plugins.subject.faults[0].drop: expected true or false, got 1",
    );
  });

  it("strike by chance", async () => {
    const { runtime } = await run([{ method: "Unary", chance: 0, error: { code: Code.Aborted } }]);
    await using _ = runtime;
    const client = runtime.client("subject", Conformance);
    for (let call = 0; call < 20; call++) await client.unary({});
    runtime.plugin("subject").faults.set([{ method: "Unary", chance: 0.5, error: { code: Code.Aborted } }]);
    let [good, bad] = [0, 0];
    while (good === 0 || bad === 0) {
      await client.unary({}).then(
        () => good++,
        () => bad++,
      );
    }
  });

  it("strike on brokered connections and by bytes", async () => {
    const { runtime } = await run([{ method: "Unary", error: { code: Code.DataLoss } }]);
    await using _ = runtime;
    const resource = runtime.plugin("subject").resource({
      async create({ transport, broker }) {
        const { id } = await createClient(Conformance, transport).offer({});
        return broker.dial(id);
      },
    });
    const connection = await resource.get();
    expect((await failure(createClient(Conformance, connection.transport).unary({}))).code).toBe(Code.DataLoss);
    async function* input() {
      yield new Uint8Array();
    }
    const response = connection.bytes.stream({
      path: `/${service}/Unary`,
      metadata: [],
      signal: AbortSignal.timeout(30_000),
      input: input(),
    });
    expect((await failure(response.trailer)).code).toBe(Code.DataLoss);
  });
});

describe.each(isolated)("faults of the health service of a plugin on %s", (transport) => {
  it("make the plugin unresponsive, and it is ready again when they are cleared", async () => {
    const states: string[] = [];
    await using runtime = await createRuntime({
      plugins: {
        subject: {
          module: conformance,
          transport,
          restart: quick,
          health: { intervalMs: 1, timeoutMs: 500, misses: 3 },
          faults: [{ hang: true, nth: 1 }],
        },
      },
      onState: ({ to }) => {
        states.push(to);
        if (to === "backing-off") runtime.plugin("subject").faults.clear();
      },
      onLog: () => {},
    });
    const plugin = runtime.plugin("subject");
    // The rule given at the start names no service, so it does not apply to health checks.
    expect((await failure(plugin.client(Conformance).unary({}, { timeoutMs: 100 }))).code).toBe(Code.DeadlineExceeded);
    expect(plugin.status.restarts).toBe(0);
    plugin.faults.set([{ service: Health.typeName, hang: true }]);
    await until("the plugin has been started again", () => states.at(-1) === "ready" && plugin.status.restarts === 1);
    expect(states.slice(-4)).toEqual(["degraded", "backing-off", "starting", "ready"]);
    expect(plugin.status.lastExit?.reason).toBe("unresponsive");
    await plugin.client(Conformance).unary({});
  });
});

describe("a crash on purpose", () => {
  it("does not strike a later instance: calls that wait go to the next one", async () => {
    using ledger = createLedger();
    await using runtime = await createRuntime({
      plugins: {
        ledger: {
          module: ledgerModule,
          transport: "process",
          config: { ledger: ledger.path },
          restart: quick,
          faults: [{ method: "Unary", nth: 2, crash: true }],
        },
      },
      onLog: () => {},
    });
    const client = runtime.client("ledger", Conformance);
    await client.unary({ id: "one" });
    const [two, three] = await Promise.allSettled([client.unary({ id: "two" }), client.unary({ id: "three" })]);
    expect([two.status, three.status]).toEqual(["rejected", "fulfilled"]);
    expect(ledger.lines().filter((line) => line === "setup")).toHaveLength(2);
  });
});
