import { Code } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import {
  ReportingPluginFactory as FactoryRpc,
  ReportingPlugin as PluginRpc,
} from "../../proto/gen/loop/reporting_pb.ts";
import {
  createReportingPluginClient,
  createReportingPluginFactoryClient,
} from "../../src/loop/reporting-plugin/client.ts";
import { reportingPluginFactoryRoutes, reportingPluginRoutes } from "../../src/loop/reporting-plugin/server.ts";
import type {
  ReportingPlugin,
  ReportingPluginFactory,
  ReportingPluginInfo,
} from "../../src/loop/reporting-plugin/types.ts";
import {
  bytes,
  createSampleReportingPlugin,
  createSampleService,
  type Recorded,
  recording,
  reportingPluginConfig,
  timestamp,
} from "./samples.ts";
import { pairs } from "./support.ts";

const info: ReportingPluginInfo = {
  name: "Sample",
  uniqueReports: true,
  limits: { maxQueryLength: 0, maxObservationLength: 92, maxReportLength: Number.MAX_SAFE_INTEGER },
};

describe.each(pairs)("a reporting plugin over $name", ({ create }) => {
  async function connect(plugin: ReportingPlugin = createSampleReportingPlugin()) {
    const calls: Recorded[] = [];
    const connection = await create().main(reportingPluginRoutes(recording(plugin, calls)));
    return { calls, connection, client: createReportingPluginClient(connection) };
  }

  it("answers every call of the oracle protocol", async () => {
    const { calls, client } = await connect();
    const observations = [
      { observation: bytes(1), observer: 0 },
      { observation: bytes(), observer: 255 },
    ];
    expect(await client.query(timestamp)).toEqual(bytes(42));
    expect(await client.observation(timestamp, bytes(42))).toEqual(bytes(1, 9));
    expect(await client.report(timestamp, bytes(42), observations)).toEqual(bytes(10, 1));
    expect(await client.shouldAcceptFinalizedReport(timestamp, bytes(10))).toBe(true);
    expect(await client.shouldTransmitAcceptedReport(timestamp, bytes(11))).toBe(true);
    await client.close();
    expect(calls).toMatchObject([
      { method: "query", args: [timestamp] },
      { method: "observation", args: [timestamp, bytes(42)] },
      { method: "report", args: [timestamp, bytes(42), observations] },
      { method: "shouldAcceptFinalizedReport", args: [timestamp, bytes(10)] },
      { method: "shouldTransmitAcceptedReport", args: [timestamp, bytes(11)] },
      { method: "close", args: [] },
    ]);
  });

  it("distinguishes no report from an empty one, and no from yes", async () => {
    const { client } = await connect({
      ...createSampleReportingPlugin(),
      report: async (_, query) => (query.length === 0 ? undefined : bytes()),
      shouldAcceptFinalizedReport: async () => false,
      shouldTransmitAcceptedReport: async () => false,
    });
    expect(await client.report(timestamp, bytes(), [])).toBeUndefined();
    expect(await client.report(timestamp, bytes(1), [])).toEqual(bytes());
    expect(await client.shouldAcceptFinalizedReport(timestamp, bytes())).toBe(false);
    expect(await client.shouldTransmitAcceptedReport(timestamp, bytes())).toBe(false);
  });

  it("gets the caller's deadline in every call", async () => {
    const { calls, client } = await connect();
    const options = { timeoutMs: 60_000 };
    await client.query(timestamp, options);
    await client.observation(timestamp, bytes(), options);
    await client.report(timestamp, bytes(), [], options);
    await client.shouldAcceptFinalizedReport(timestamp, bytes(), options);
    await client.shouldTransmitAcceptedReport(timestamp, bytes(), options);
    await client.close(options);
    expect(calls).toHaveLength(6);
    for (const call of calls) {
      expect(call.options, call.method).toMatchObject({
        timeoutMs: expect.any(Number),
        signal: expect.any(AbortSignal),
      });
    }
  });

  it("fails with the text of its error", async () => {
    const { client } = await connect({
      ...createSampleReportingPlugin(),
      observation: async () => Promise.reject(new Error("price out of range")),
    });
    await expect(client.observation(timestamp, bytes())).rejects.toMatchObject({
      code: Code.Unknown,
      rawMessage: "price out of range",
    });
  });

  it("refuses arguments that are out of bounds, on both sides", async () => {
    const { calls, connection, client } = await connect();
    await expect(client.query({ ...timestamp, round: 256 })).rejects.toThrow("expected uint8 Round (max 255)");
    await expect(client.report(timestamp, bytes(), [{ observation: bytes(), observer: 256 }])).rejects.toThrow(
      "expected uint8 Observer (max 255) but got 256",
    );
    const send = (message: object) =>
      connection.transport.unary(PluginRpc.method.report, undefined, undefined, undefined, message);
    await expect(send({})).rejects.toThrow("its reportTimestamp is missing");
    await expect(
      send({ reportTimestamp: { configDigest: new Uint8Array(32) }, observations: [{ observer: 256 }] }),
    ).rejects.toThrow("expected uint8 Observer (max 255) but got 256");
    expect(calls).toEqual([]);
  });
});

describe.each(pairs)("a reporting plugin factory over $name", ({ create }) => {
  async function connect(change: Partial<ReportingPluginFactory> = {}) {
    const { main, plugin, host, open } = create();
    const calls: Recorded[] = [];
    const factory: ReportingPluginFactory = {
      ...createSampleService("Factory"),
      newReportingPlugin: async () => ({
        plugin: recording(createSampleReportingPlugin(), calls, "plugin."),
        info,
      }),
      ...change,
    };
    const connection = await main(reportingPluginFactoryRoutes(recording(factory, calls), plugin));
    return { calls, host, plugin, open, client: createReportingPluginFactoryClient(connection, host) };
  }

  it("makes reporting plugins, each on its own connection, with every duration", async () => {
    const { calls, open, client } = await connect();
    const first = await client.newReportingPlugin(reportingPluginConfig, { timeoutMs: 60_000 });
    const second = await client.newReportingPlugin(reportingPluginConfig);
    expect(first.info).toEqual(info);
    expect(await first.plugin.query(timestamp)).toEqual(bytes(42));
    expect(await second.plugin.query(timestamp)).toEqual(bytes(42));
    expect(open().filter((entry) => entry.startsWith("plugin"))).toHaveLength(2);
    expect(open().filter((entry) => entry.startsWith("host"))).toHaveLength(2);
    expect(calls[0]).toMatchObject({
      method: "newReportingPlugin",
      args: [reportingPluginConfig],
      options: { timeoutMs: expect.any(Number), signal: expect.any(AbortSignal) },
    });
  });

  it("frees a reporting plugin's connection when it is closed, and keeps the others open", async () => {
    const { calls, open, client } = await connect();
    const first = await client.newReportingPlugin(reportingPluginConfig);
    const second = await client.newReportingPlugin(reportingPluginConfig);
    await first.plugin.close();
    await expect.poll(() => open().length, { timeout: 10_000 }).toBe(2);
    expect(await second.plugin.query(timestamp)).toEqual(bytes(42));
    expect(calls.filter(({ method }) => method === "plugin.close")).toHaveLength(1);
  });

  it("closes its reporting plugins when it is closed itself, each once", async () => {
    const { calls, open, client } = await connect();
    const first = await client.newReportingPlugin(reportingPluginConfig);
    await client.newReportingPlugin(reportingPluginConfig);
    await first.plugin.close();
    await client.close();
    await expect.poll(open, { timeout: 10_000 }).toEqual([]);
    expect(calls.map(({ method }) => method).filter((method) => method.endsWith("close"))).toEqual([
      "plugin.close",
      "plugin.close",
      "close",
    ]);
    await expect(client.newReportingPlugin(reportingPluginConfig)).rejects.toThrow("has been closed");
    await expect.poll(open, { timeout: 10_000 }).toEqual([]);
  });

  it("fails with the text of the factory's error and holds nothing", async () => {
    const { open, client } = await connect({
      newReportingPlugin: async () => Promise.reject(new Error("unknown offchain config")),
    });
    await expect(client.newReportingPlugin(reportingPluginConfig)).rejects.toMatchObject({
      code: Code.Unknown,
      rawMessage: "unknown offchain config",
    });
    await expect(client.newReportingPlugin({ ...reportingPluginConfig, configDigest: bytes() })).rejects.toThrow(
      "invalid ConfigDigest len 0: must be 32",
    );
    await expect(client.newReportingPlugin({ ...reportingPluginConfig, n: -1 })).rejects.toThrow("expected uint32 N");
    expect(open()).toEqual([]);
  });

  it("closes a reporting plugin whose caller has given up", async () => {
    const caller = new AbortController();
    const closed = Promise.withResolvers<void>();
    const { open, client } = await connect({
      async newReportingPlugin(_, options) {
        const aborted = Promise.withResolvers<void>();
        options?.signal?.addEventListener("abort", () => aborted.resolve());
        caller.abort();
        await aborted.promise;
        return { plugin: { ...createSampleReportingPlugin(), close: async () => closed.resolve() }, info };
      },
    });
    await expect(client.newReportingPlugin(reportingPluginConfig, { signal: caller.signal })).rejects.toMatchObject({
      code: Code.Canceled,
    });
    await closed.promise;
    await expect.poll(open, { timeout: 10_000 }).toEqual([]);
  });

  it("refuses an answer without its info or with an id that is not served", async () => {
    const { main, host } = create();
    const reply: { reportingPluginID: number; reportingPluginInfo?: { reportingPluginLimits?: object } } = {
      reportingPluginID: 0,
    };
    const client = createReportingPluginFactoryClient(
      await main((router) => {
        router.service(FactoryRpc, { newReportingPlugin: () => reply });
      }),
      host,
    );
    await expect(client.newReportingPlugin(reportingPluginConfig)).rejects.toThrow(
      "its reportingPluginInfo is missing",
    );
    reply.reportingPluginInfo = {};
    await expect(client.newReportingPlugin(reportingPluginConfig)).rejects.toThrow(
      "its reportingPluginLimits is missing",
    );
    reply.reportingPluginInfo.reportingPluginLimits = {};
    await expect(client.newReportingPlugin(reportingPluginConfig)).rejects.toThrow(
      "failed to dial ReportingPlugin client connection 0",
    );
    reply.reportingPluginID = 77;
    await expect(client.newReportingPlugin(reportingPluginConfig, { timeoutMs: 200 })).rejects.toThrow(
      "failed to dial ReportingPlugin client connection 77",
    );
  });
});
