import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Conformance } from "../../proto/gen/loopp/v1/conformance_pb.ts";
import type { PluginHandle } from "../../src/index.ts";
import { callBuckets, createCallTally } from "../../src/metrics/call-tally.ts";
import { until } from "../../src/testing/until.ts";
import { kinds } from "../runtime/support.ts";
import { conformanceModule, createNode, type TestNode } from "../server/support.ts";
import { readSamples, valuesBy } from "./support.ts";

const textOf = async (node: TestNode, path: string) => (await node.get(path)).text();
const ofPlugin = (node: TestNode, { name }: PluginHandle) => textOf(node, `/plugins/${name}/metrics`);

const method = (name: string) => ({ grpc_service: "loopp.v1.Conformance", grpc_method: name });

/** Every way in which a call can end, with the codes that the caller gets, by method. */
async function makeCalls(plugin: PluginHandle): Promise<void> {
  const client = plugin.client(Conformance);
  const quietly = (call: Promise<unknown>) =>
    call.then(
      () => {},
      () => {},
    );
  const started = (id: string) =>
    until(`the plugin has begun the call ${id}`, async () => (await client.seen({ id })).started > 0);
  await client.unary({});
  await client.unary({});
  await quietly(client.unary({ error: { code: Code.FailedPrecondition, message: "not now" } }));
  await quietly(client.unary({ error: { plain: true, message: "no luck" } }));
  await quietly(client.unary({ hang: true }, { timeoutMs: 20 }));
  const gone = new AbortController();
  const given = quietly(client.unary({ id: "given up", hang: true }, { signal: gone.signal }));
  await started("given up");
  gone.abort();
  await given;

  for await (const _ of client.serverStream({ count: 3 }));
  for await (const _ of client.serverStream({ id: "left", count: 1000, delayMs: 1 })) break;
  await quietly(Array.fromAsync(client.serverStream({ count: 1, error: { code: Code.NotFound, message: "gone" } })));
  await client.clientStream(requests());
  await Array.fromAsync(client.bidiStream(requests()));
}

async function* requests() {
  yield { count: 1 };
  yield { count: 1 };
}

describe.each(kinds)("the calls to a plugin: %s", (kind) => {
  let node: TestNode;
  let plugin: PluginHandle;
  beforeAll(async () => {
    node = await createNode({ plugins: { subject: { module: conformanceModule, transport: kind } } });
    plugin = node.runtime.plugin("subject");
    await makeCalls(plugin);
  });
  afterAll(() => node[Symbol.asyncDispose]());

  it("are counted by the host under the codes that the callers get", async () => {
    const text = await textOf(node, "/metrics");
    const handled = (name: string) => valuesBy(text, "grpc_client_handled_total", "grpc_code", method(name));
    expect(handled("Unary")).toEqual({ OK: 2, FailedPrecondition: 1, Unknown: 1, DeadlineExceeded: 1, Canceled: 1 });
    expect(handled("ServerStream")).toEqual({ OK: 1, Canceled: 1, NotFound: 1 });
    expect(handled("ClientStream")).toEqual({ OK: 1 });
    expect(handled("BidiStream")).toEqual({ OK: 1 });
    expect(valuesBy(text, "grpc_client_started_total", "plugin", method("Unary"))).toEqual({ subject: 6 });
    for (const { name, labels } of readSamples(text)) {
      if (name.startsWith("grpc_")) expect(labels.plugin).toBe("subject");
    }
  });

  it("are counted by the plugin, each once, even if the host has given up", async () => {
    const calls = { Unary: 6, ServerStream: 3, ClientStream: 1, BidiStream: 1 };
    let text = "";
    await until("the plugin has counted every call", async () => {
      text = await ofPlugin(node, plugin);
      return Object.entries(calls).every(([name, count]) => {
        const handled = valuesBy(text, "grpc_server_handled_total", "grpc_method", method(name));
        return handled[name] === count;
      });
    });
    const handled = (name: string) => valuesBy(text, "grpc_server_handled_total", "grpc_code", method(name));
    const { OK, FailedPrecondition, Unknown, ...ended } = handled("Unary");
    expect([OK, FailedPrecondition, Unknown]).toEqual([2, 1, 1]);
    // Either the host's or the plugin's deadline may be first.
    expect(Object.keys(ended).every((code) => code === "Canceled" || code === "DeadlineExceeded")).toBe(true);
    expect(handled("ServerStream")).toEqual({ OK: 1, Canceled: 1, NotFound: 1 });
    expect(
      valuesBy(text, "grpc_server_started_total", "grpc_method", { grpc_service: "loopp.v1.Conformance" }),
    ).toMatchObject(calls);
  });

  it("have their durations in the same buckets as those of Chainlink's plugins", async () => {
    for (const [side, text] of [
      ["client", await textOf(node, "/metrics")],
      ["server", await ofPlugin(node, plugin)],
    ] as const) {
      const name = `grpc_${side}_handling_seconds`;
      const buckets = valuesBy(text, `${name}_bucket`, "le", method("Unary"));
      expect(Object.keys(buckets)).toEqual([...callBuckets.map(String), "+Inf"].toSorted(byNumber));
      expect(buckets["+Inf"]).toBe(6);
      expect(valuesBy(text, `${name}_count`, "grpc_method", method("Unary"))).toEqual({ Unary: 6 });
      expect(valuesBy(text, `${name}_sum`, "grpc_method", method("Unary")).Unary).toBeGreaterThan(0);
    }
  });

  it("have the type of their method", async () => {
    const types = (text: string, side: string) =>
      Object.fromEntries(
        readSamples(text)
          .filter(
            ({ name, labels }) =>
              name === `grpc_${side}_started_total` &&
              labels.grpc_service === "loopp.v1.Conformance" &&
              labels.grpc_method?.match(/Stream|Unary/),
          )
          .map(({ labels }) => [labels.grpc_method, labels.grpc_type]),
      );
    const expected = {
      Unary: "unary",
      ServerStream: "server_stream",
      ClientStream: "client_stream",
      BidiStream: "bidi_stream",
    };
    expect(types(await textOf(node, "/metrics"), "client")).toEqual(expected);
    expect(types(await ofPlugin(node, plugin), "server")).toEqual(expected);
  });

  it("count on brokered connections too, in the plugin and in the host", async () => {
    const count = async () => ({
      host: valuesBy(await textOf(node, "/metrics"), "grpc_client_handled_total", "grpc_code", method("Unary")).OK ?? 0,
      plugin: valuesBy(await ofPlugin(node, plugin), "grpc_server_handled_total", "grpc_code", method("Unary")).OK ?? 0,
    });
    const before = await count();
    const { id } = await plugin.client(Conformance).offer({});
    await using resource = plugin.resource({ create: ({ broker }) => broker.dial(id) });
    const connection = await resource.get();
    await createClient(Conformance, connection.transport).unary({});
    expect(await count()).toEqual({ host: before.host + 1, plugin: before.plugin + 1 });
  });

  it("bring messages, which the plugin counts as Chainlink's do: a unary call's also when it fails, a stream's one by one", async () => {
    const text = await ofPlugin(node, plugin);
    const messages = (what: string) =>
      valuesBy(text, `grpc_server_msg_${what}_total`, "grpc_method", { grpc_service: "loopp.v1.Conformance" });
    const started = valuesBy(text, "grpc_server_started_total", "grpc_method", method("Unary")).Unary;
    expect(messages("received")).toMatchObject({ Unary: started, ServerStream: 3, ClientStream: 2, BidiStream: 2 });
    const { ServerStream: streamed = 0, ...sent } = messages("sent");
    expect(sent).toMatchObject({ Unary: started, ClientStream: 1, BidiStream: 2 });
    // 3, none before the error, and some of the one that was left.
    expect(streamed).toBeGreaterThanOrEqual(4);
    expect(streamed).toBeLessThan(1000);
  });

  it("do not make a series for every path that a caller makes up", async () => {
    for (let index = 0; index < 20; index++) {
      const call = plugin.bytes.stream({
        path: `/made.up.Service${index}/Method`,
        metadata: [],
        input: (async function* () {})(),
      });
      await call.trailer.catch(() => {});
    }
    const host = await textOf(node, "/metrics");
    expect(host + (await ofPlugin(node, plugin))).not.toContain("made.up");
    expect(valuesBy(host, "grpc_client_handled_total", "grpc_code", { grpc_type: "unknown" })).toEqual({
      Unimplemented: 20,
    });
  });
});

describe.each(kinds)("the calls of a plugin to its host: %s", (kind) => {
  it("are counted by the plugin, with their messages", async () => {
    await using node = await createNode({ plugins: { subject: { module: conformanceModule, transport: kind } } });
    const plugin = node.runtime.plugin("subject");
    await using resource = plugin.resource({
      create: ({ broker }) =>
        broker.serve((router) => {
          router.service(Conformance, {
            unary: ({ error }) => {
              if (error !== undefined) throw new ConnectError(error.message, error.code);
              return {};
            },
          });
        }),
    });
    const { id } = await resource.get();
    const client = plugin.client(Conformance);
    expect(await ofPlugin(node, plugin)).not.toMatch(/^grpc_client_\w+\{/m);
    await client.callBack({ id, request: {} });
    await client.callBack({ id, request: {} });
    await client.callBack({ id, request: { error: { code: Code.NotFound, message: "gone" } } }).catch(() => {});
    const text = await ofPlugin(node, plugin);
    const values = (name: string, label: string) => valuesBy(text, `grpc_client_${name}`, label, method("Unary"));
    expect(values("started_total", "grpc_type")).toEqual({ unary: 3 });
    expect(values("handled_total", "grpc_code")).toEqual({ OK: 2, NotFound: 1 });
    expect(values("handling_seconds_count", "grpc_type")).toEqual({ unary: 3 });
    expect(values("msg_sent_total", "grpc_type")).toEqual({ unary: 3 });
    expect(values("msg_received_total", "grpc_type")).toEqual({ unary: 3 });
  });
});

describe("calls to a plugin that is down", () => {
  it("are Unavailable, and removed with the plugin", async () => {
    const options = { module: conformanceModule, restart: false } as const;
    await using node = await createNode({ plugins: { subject: options, other: options } });
    await node.runtime.client("other", Conformance).unary({});
    await node.runtime.plugin("subject").stop();
    await node.runtime
      .client("subject", Conformance)
      .unary({})
      .catch(() => {});
    const before = await textOf(node, "/metrics");
    const having = { ...method("Unary"), plugin: "subject" };
    expect(valuesBy(before, "grpc_client_handled_total", "grpc_code", having)).toEqual({ Unavailable: 1 });
    await node.runtime.remove("subject");
    expect(Object.keys(valuesBy(await textOf(node, "/metrics"), "grpc_client_started_total", "plugin"))).toEqual([
      "other",
    ]);
  });
});

describe("a tally of calls", () => {
  it("counts a code that gRPC does not have as Unknown", () => {
    const tally = createCallTally();
    for (const code of [77, 78, 0]) tally.of({ service: "a.B", method: "C", kind: "unary" }).end(1, code as Code);
    expect([...tally.methods].map(({ handled }) => [...handled])).toEqual([[[Code.Unknown, 3]]]);
  });
});

function byNumber(a: string, b: string): number {
  // In the order of an object's keys: whole numbers first.
  const whole = (text: string) => /^\d+$/.test(text);
  return whole(a) && whole(b) ? Number(a) - Number(b) : Number(whole(b)) - Number(whole(a));
}
