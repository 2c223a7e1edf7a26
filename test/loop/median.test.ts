import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { PluginMedian as PluginMedianRpc } from "../../proto/gen/loop/median_pb.ts";
import { dataSourceRoutes } from "../../src/loop/data-source/server.ts";
import { errorLogRoutes } from "../../src/loop/error-log/server.ts";
import { createPluginMedianClient } from "../../src/loop/median/client.ts";
import { pluginMedianRoutes, servePluginMedian } from "../../src/loop/median/server.ts";
import type { MedianFactoryArgs, PluginMedian } from "../../src/loop/median/types.ts";
import { createMedianProviderClient } from "../../src/loop/median-provider/client.ts";
import { medianProviderRoutes } from "../../src/loop/median-provider/server.ts";
import type { Broker } from "../../transports/broker.ts";
import { asNodeOf2023 } from "./old-host.ts";
import {
  bytes,
  createSampleProvider,
  createSampleReportingPlugin,
  createSampleService,
  digest,
  type Recorded,
  recording,
  reportingPluginConfig,
  timestamp,
} from "./samples.ts";
import { type Pair, pairs } from "./support.ts";

const info = {
  name: "NumericalMedian",
  uniqueReports: false,
  limits: { maxQueryLength: 0, maxObservationLength: 92, maxReportLength: 992 },
};

/** A plugin whose reporting plugin calls everything that it got once per observation. */
function createSampleMedian(calls: Recorded[], onArgs: (args: MedianFactoryArgs) => void = () => {}): PluginMedian {
  const median: PluginMedian = {
    ...createSampleService("SampleMedian"),
    async newMedianFactory(args) {
      onArgs(args);
      return {
        ...createSampleService("SampleMedian.Factory"),
        async newReportingPlugin() {
          const maxReportLength = await args.provider.reportCodec.maxReportLength(31);
          return {
            plugin: {
              ...createSampleReportingPlugin(),
              async observation(at, _query, options) {
                const values = await Promise.all([
                  args.dataSource.observe(at, options),
                  args.juelsPerFeeCoin.observe(at, options),
                  args.gasPriceSubunits.observe(at, options),
                ]);
                await args.errorLog.saveError(`observed ${values.join(", ")}`, options);
                return bytes(1);
              },
            },
            info: { ...info, limits: { ...info.limits, maxReportLength } },
          };
        },
      };
    },
  };
  return recording(median, calls);
}

function createArgs(calls: Recorded[]): MedianFactoryArgs {
  return {
    provider: recording(createSampleProvider(), calls, "provider."),
    contractId: "0x42",
    dataSource: recording({ observe: async () => 999n }, calls, "dataSource."),
    juelsPerFeeCoin: { observe: async () => 1234n },
    gasPriceSubunits: { observe: async () => 0n },
    errorLog: recording({ saveError: async () => {} }, calls, "errorLog."),
    deviationFuncDefinition: bytes(0x7b, 0x7d),
  };
}

async function start(pair: Pair, median: PluginMedian) {
  const connection = await pair.main(pluginMedianRoutes(median, pair.plugin));
  return { connection, client: createPluginMedianClient(connection, pair.host) };
}

describe.each(pairs)("a median plugin over $name", ({ create }) => {
  it("runs a round with everything that the host offers", async () => {
    const pair = create();
    const calls: Recorded[] = [];
    let given: MedianFactoryArgs | undefined;
    const { client } = await start(
      pair,
      createSampleMedian([], (args) => {
        given = args;
      }),
    );

    const factory = await client.newMedianFactory(createArgs(calls), { timeoutMs: 60_000 });
    expect(given).toMatchObject({ contractId: "0x42", deviationFuncDefinition: bytes(0x7b, 0x7d) });
    expect(await given?.provider.onchainConfigCodec.decode(bytes(1))).toEqual({ min: -12n, max: 2n ** 191n - 1n });

    const { plugin, info: learned } = await factory.newReportingPlugin(reportingPluginConfig, { timeoutMs: 60_000 });
    expect(learned).toEqual(info);
    expect(await plugin.observation(timestamp, bytes(), { timeoutMs: 60_000 })).toEqual(bytes(1));
    expect(calls.map(({ method, args }) => [method, ...args])).toEqual([
      ["provider.onchainConfigCodec.decode", bytes(1)],
      ["provider.reportCodec.maxReportLength", 31],
      ["dataSource.observe", timestamp],
      ["errorLog.saveError", "observed 999, 1234, 0"],
    ]);
  });

  it("passes the round's deadline on to the data sources", async () => {
    const pair = create();
    const { client } = await start(pair, createSampleMedian([]));
    const aborted = Promise.withResolvers<unknown>();
    const factory = await client.newMedianFactory({
      ...createArgs([]),
      dataSource: {
        async observe(_, options) {
          options?.signal?.addEventListener("abort", () => aborted.resolve(options.timeoutMs));
          return new Promise<bigint>(() => {});
        },
      },
    });
    const { plugin } = await factory.newReportingPlugin(reportingPluginConfig);
    await expect(plugin.observation(timestamp, bytes(), { timeoutMs: 500 })).rejects.toMatchObject({
      code: Code.DeadlineExceeded,
    });
    expect(await aborted.promise).toBeLessThanOrEqual(500);
  });

  it("leaves out the deviation function when there is none", async () => {
    const pair = create();
    let given: MedianFactoryArgs | undefined;
    const { client } = await start(
      pair,
      createSampleMedian([], (args) => {
        given = args;
      }),
    );
    const { deviationFuncDefinition: _, ...args } = createArgs([]);
    await client.newMedianFactory(args);
    expect(given).not.toHaveProperty("deviationFuncDefinition");
  });

  it("is asked by a host of before September 2024, whose request has other numbers", async () => {
    const pair = create();
    const calls: Recorded[] = [];
    let given: MedianFactoryArgs | undefined;
    const median = createSampleMedian([], (args) => {
      given = args;
    });
    const connection = await pair.main(pluginMedianRoutes(median, pair.plugin));
    const client = createPluginMedianClient(asNodeOf2023(connection), pair.host);
    const factory = await client.newMedianFactory(createArgs(calls), { timeoutMs: 60_000 });
    expect(given).toMatchObject({ contractId: "" });
    expect(given).not.toHaveProperty("deviationFuncDefinition");
    const { plugin } = await factory.newReportingPlugin(reportingPluginConfig, { timeoutMs: 60_000 });
    await plugin.observation(timestamp, bytes(), { timeoutMs: 60_000 });
    expect(calls.map(({ method, args }) => [method, ...args])).toEqual([
      ["provider.reportCodec.maxReportLength", 31],
      ["dataSource.observe", timestamp],
      ["errorLog.saveError", "observed 999, 1234, 0"],
    ]);
  });

  it("holds five connections per factory, on both sides, until the factory is closed", async () => {
    const pair = create();
    const { client } = await start(pair, createSampleMedian([]));
    const factory = await client.newMedianFactory(createArgs([]));
    const other = await client.newMedianFactory(createArgs([]));
    const count = (what: string) => pair.open().filter((entry) => entry.startsWith(what)).length;
    expect([count("host serves"), count("plugin dialled"), count("plugin serves"), count("host dialled")]).toEqual([
      10, 10, 2, 2,
    ]);

    await factory.close();
    await expect.poll(() => pair.open().length, { timeout: 10_000 }).toBe(12);
    await other.newReportingPlugin(reportingPluginConfig);
    await client.close();
    await expect.poll(pair.open, { timeout: 10_000 }).toEqual([]);
  });

  it("closes everything that it has made, once, from the reporting plugin up to itself", async () => {
    const pair = create();
    const calls: Recorded[] = [];
    const { client } = await start(pair, {
      ...recording(createSampleService("SampleMedian"), calls, "median."),
      newMedianFactory: async () => ({
        ...recording(createSampleService("Factory"), calls, "factory."),
        newReportingPlugin: async () => ({
          plugin: recording(createSampleReportingPlugin(), calls, "plugin."),
          info,
        }),
      }),
    });
    const factory = await client.newMedianFactory(createArgs([]));
    await factory.newReportingPlugin(reportingPluginConfig);
    await client.close();
    await client.close();
    expect(calls.map(({ method }) => method)).toEqual(["plugin.close", "factory.close", "median.close"]);
  });

  it("keeps the host's provider open when it ends", async () => {
    const pair = create();
    const calls: Recorded[] = [];
    const { client } = await start(pair, createSampleMedian([]));
    await client.newMedianFactory(createArgs(calls));
    await client.close();
    expect(calls).toEqual([]);
  });

  it("ends gracefully with everything that it has made", async () => {
    const pair = create();
    const calls: Recorded[] = [];
    const served = servePluginMedian(createSampleMedian(calls), pair.plugin);
    const client = createPluginMedianClient(await pair.main(served.routes), pair.host);
    await client.newMedianFactory(createArgs([]));
    await served.dispose?.();
    await served.dispose?.();
    expect(calls.map(({ method }) => method)).toEqual(["newMedianFactory", "close"]);
    expect(pair.open().filter((entry) => entry.startsWith("plugin"))).toEqual([]);
    await expect(client.newMedianFactory(createArgs([]))).rejects.toThrow("has been closed");
  });

  it("fails with the text of the plugin's error, and both sides free everything", async () => {
    const pair = create();
    const { client } = await start(pair, {
      ...createSampleService("SampleMedian"),
      newMedianFactory: async () => Promise.reject(new Error("unknown deviation function")),
    });
    await expect(client.newMedianFactory(createArgs([]))).rejects.toMatchObject({
      code: Code.Unknown,
      rawMessage: "unknown deviation function",
    });
    await expect.poll(pair.open, { timeout: 10_000 }).toEqual([]);
  });

  it("works without a gas price when an old host offers none, and names everything else that is missing", async () => {
    const pair = create();
    let given: MedianFactoryArgs | undefined;
    const { connection } = await start(
      pair,
      createSampleMedian([], (args) => {
        given = args;
      }),
    );
    const client = createClient(PluginMedianRpc, connection.transport);
    const source = await pair.host.serve(dataSourceRoutes({ observe: async () => 5n }));
    const provider = await pair.host.serve(medianProviderRoutes(createSampleProvider()));
    const errorLog = await pair.host.serve(errorLogRoutes({ saveError: async () => {} }));
    const request = {
      dataSourceID: source.id,
      juelsPerFeeCoinDataSourceID: source.id,
      medianProviderID: provider.id,
      errorLogID: errorLog.id,
    };
    await client.newMedianFactory(request);
    expect(await given?.gasPriceSubunits.observe(timestamp)).toBe(0n);
    expect(await given?.juelsPerFeeCoin.observe(timestamp)).toBe(5n);

    for (const [missing, kind] of [
      ["dataSourceID", "DataSource"],
      ["juelsPerFeeCoinDataSourceID", "JuelsPerFeeCoinDataSource"],
      ["medianProviderID", "MedianProvider"],
      ["errorLogID", "ErrorLog"],
    ] as const) {
      await expect(client.newMedianFactory({ ...request, [missing]: 0 })).rejects.toMatchObject({
        code: Code.Unknown,
        rawMessage: `failed to dial ${kind} client connection 0: the other side offers no ${kind}`,
      });
    }
  });

  it("does not treat the caller as ended when a service of the host has ended", async () => {
    const pair = create();
    const { client } = await start(pair, createSampleMedian([]));
    const factory = await client.newMedianFactory({
      ...createArgs([]),
      dataSource: { observe: async () => Promise.reject(new ConnectError("store is closed", Code.Unavailable)) },
    });
    const { plugin } = await factory.newReportingPlugin(reportingPluginConfig);
    await expect(plugin.observation(timestamp, bytes())).rejects.toMatchObject({ code: Code.Unknown });
  });
});

describe.each(pairs)("a provider that comes from another plugin over $name", ({ create }) => {
  it("reaches the median plugin as bytes, and outlives it", async () => {
    const calls: Recorded[] = [];
    const routes = medianProviderRoutes(recording(createSampleProvider(), calls));
    const provider = createMedianProviderClient(await create().main(routes));

    const pair = create();
    const served: string[] = [];
    const host: Broker = {
      ...pair.host,
      serve(what) {
        served.push(typeof what === "function" ? "routes" : "bytes");
        return pair.host.serve(what);
      },
    };
    let given: MedianFactoryArgs | undefined;
    const median = createSampleMedian([], (args) => {
      given = args;
    });
    const connection = await pair.main(pluginMedianRoutes(median, pair.plugin));
    const factory = await createPluginMedianClient(connection, host).newMedianFactory({ ...createArgs([]), provider });
    expect(served).toEqual(["routes", "routes", "routes", "bytes", "routes"]);

    const context = { reportTimestamp: timestamp, extraHash: digest(1) };
    await given?.provider.contractTransmitter.transmit(context, bytes(1), []);
    expect(await given?.provider.medianContract.latestTransmissionDetails({ timeoutMs: 60_000 })).toMatchObject({
      configDigest: digest(13),
      latestAnswer: 0n,
    });
    expect(calls).toMatchObject([
      { method: "contractTransmitter.transmit", args: [context, bytes(1), []] },
      { method: "medianContract.latestTransmissionDetails", options: { timeoutMs: expect.any(Number) } },
    ]);

    await factory.close();
    await provider.ready();
    expect(calls.map(({ method }) => method)).not.toContain("close");
  });
});
