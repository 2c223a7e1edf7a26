import { Code, createClient } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { RelayerSet as RelayerSetRpc } from "../../proto/gen/loop/relayerset/relayerset_pb.ts";
import {
  type NewReportingPluginFactoryRequest,
  ReportingPluginService as ReportingPluginServiceRpc,
} from "../../proto/gen/loop/reporting_plugin_service_pb.ts";
import { connectionKey, connectionOf } from "../../src/loop/connection.ts";
import { createKeystoreClient } from "../../src/loop/keystore/client.ts";
import { keystoreRoutes } from "../../src/loop/keystore/server.ts";
import { reportingPluginFactoryRoutes } from "../../src/loop/reporting-plugin/server.ts";
import type { ReportingPluginFactory } from "../../src/loop/reporting-plugin/types.ts";
import { createReportingPluginServiceClient } from "../../src/loop/reporting-plugin-service/client.ts";
import {
  reportingPluginServiceRoutes,
  serveReportingPluginService,
} from "../../src/loop/reporting-plugin-service/server.ts";
import type { CompleteFactoryArgs, ReportingPluginService } from "../../src/loop/reporting-plugin-service/types.ts";
import {
  bytes,
  createSampleProvider,
  createSampleReportingPlugin,
  createSampleService,
  createSampleStore,
  type Recorded,
  recording,
  reportingPluginConfig,
  timestamp,
} from "./samples.ts";
import { type Pair, pairs } from "./support.ts";

const config = {
  providerType: "plugin",
  command: "/opt/plugin",
  pluginName: "sample",
  pluginConfig: '{"pipelines":[]}',
  telemetryType: "sample-telemetry",
};
const info = {
  name: "sample",
  uniqueReports: true,
  limits: { maxQueryLength: 1, maxObservationLength: 2, maxReportLength: 3 },
};

function createSampleFactory(): ReportingPluginFactory {
  return {
    ...createSampleService("SampleFactory"),
    newReportingPlugin: async () => ({ plugin: createSampleReportingPlugin(), info }),
  };
}

function createSamplePlugin(seen: CompleteFactoryArgs[] = []): ReportingPluginService {
  return {
    ...createSampleService("SamplePlugin"),
    async newReportingPluginFactory(args) {
      seen.push(args);
      return createSampleFactory();
    },
    newValidationService: async () => ({
      ...createSampleService("SampleValidation"),
      validateConfig: async (table) => (table.bad === undefined ? undefined : Promise.reject(new Error("bad is bad"))),
    }),
  };
}

const errorLog = { saveError: async () => {} };

async function start(pair: Pair, plugin: ReportingPluginService) {
  const connection = await pair.main(reportingPluginServiceRoutes(plugin, pair.plugin));
  return { connection, client: createReportingPluginServiceClient(connection, pair.host) };
}

/** A plugin that records its arguments. */
async function listen(pair: Pair) {
  const asked = Promise.withResolvers<NewReportingPluginFactoryRequest>();
  const { id } = await pair.plugin.serve(reportingPluginFactoryRoutes(createSampleFactory(), pair.plugin));
  const connection = await pair.main((router) => {
    router.service(ReportingPluginServiceRpc, {
      newReportingPluginFactory(request) {
        asked.resolve(request);
        return { ID: id };
      },
    });
  });
  return { asked: asked.promise, client: createReportingPluginServiceClient(connection, pair.host) };
}

describe.each(pairs)("a generic plugin over $name", ({ create }) => {
  it("reaches everything that its host offers", async () => {
    const pair = create();
    const seen: CompleteFactoryArgs[] = [];
    const calls: Recorded[] = [];
    const { client } = await start(pair, createSamplePlugin(seen));
    const given = recording(
      {
        errorLog,
        pipelineRunner: {
          executeRun: async () => [{ id: "a", type: "memo", value: "hello", isTerminal: true, index: 0 }],
        },
        telemetry: { send: async () => {} },
        keyValueStore: createSampleStore(),
        provider: createSampleProvider(),
      },
      calls,
    );
    const factory = await client.newReportingPluginFactory({ config, ...given }, { timeoutMs: 60_000 });
    const [args] = seen;
    expect(args?.config).toEqual(config);
    await args?.errorLog.saveError("an error");
    expect(await args?.pipelineRunner?.executeRun("spec", { a: 1 })).toMatchObject([{ value: "hello" }]);
    const message = { network: "n", chainId: "c", contractId: "0x42", telemetryType: "t", payload: bytes(1) };
    await args?.telemetry?.send(message);
    await args?.keyValueStore?.store("k", bytes(2));
    expect(await args?.keyValueStore?.get("k")).toEqual(bytes(2));
    expect(await args?.provider.contractTransmitter.fromAccount()).toBe("some account");
    expect(calls.map(({ method }) => method)).toEqual([
      "errorLog.saveError",
      "pipelineRunner.executeRun",
      "telemetry.send",
      "keyValueStore.store",
      "keyValueStore.get",
      "provider.contractTransmitter.fromAccount",
    ]);

    const made = await factory.newReportingPlugin(reportingPluginConfig);
    expect(made.info).toEqual(info);
    expect(await made.plugin.observation(timestamp, bytes())).toEqual(bytes(1, 9));
    expect(factory.name()).toBe("ReportingPluginServiceClient.ReportingPluginFactoryClient");
  });

  it("is offered everything under the ids of Chainlink's hosts, and no capabilities registry", async () => {
    const pair = create();
    const { asked, client } = await listen(pair);
    await client.newReportingPluginFactory({ config, provider: createSampleProvider(), errorLog });
    expect(await asked).toMatchObject({
      providerID: 1,
      pipelineRunnerID: 2,
      telemetryID: 3,
      errorLogID: 4,
      keyValueStoreID: 5,
      relayerSetID: 6,
      capRegistryID: 0,
      ReportingPluginServiceConfig: config,
    });
    const set = createClient(RelayerSetRpc, (await pair.plugin.dial(6)).transport);
    await expect(set.list({})).rejects.toMatchObject({
      code: Code.Unimplemented,
      rawMessage: "loop.relayerset.RelayerSet/List is not implemented: this host has no relayer set",
    });
  });

  it("gets an error that names what its host does not have", async () => {
    const pair = create();
    const seen: CompleteFactoryArgs[] = [];
    const { client } = await start(pair, createSamplePlugin(seen));
    await client.newReportingPluginFactory({ config, provider: createSampleProvider(), errorLog });
    const { pipelineRunner, telemetry, keyValueStore } = seen[0] ?? {};
    const message = { network: "n", chainId: "c", contractId: "0x42", telemetryType: "t", payload: bytes(1) };
    for (const [call, text] of [
      [pipelineRunner?.executeRun("", {}), "ExecuteRun is not implemented: this host runs no pipelines for plugins"],
      [telemetry?.send(message), "Send is not implemented: this host takes no telemetry"],
      [keyValueStore?.get("k"), "GetValueForKey is not implemented: this host keeps no values for plugins"],
    ] as const) {
      await expect(call).rejects.toMatchObject({
        code: Code.Unimplemented,
        rawMessage: expect.stringContaining(text),
      });
    }
  });

  it("works without services that an older host does not offer", async () => {
    const pair = create();
    const seen: CompleteFactoryArgs[] = [];
    const { connection } = await start(pair, createSamplePlugin(seen));
    const raw = createClient(ReportingPluginServiceRpc, connection.transport);
    await raw.newReportingPluginFactory({ ReportingPluginServiceConfig: config });
    const [args] = seen;
    await expect(args?.keyValueStore?.get("k")).rejects.toMatchObject({
      code: Code.Unimplemented,
      rawMessage: "this host offers no KeyValueStore",
    });
    await expect(args?.errorLog.saveError("e")).rejects.toThrow("this host offers no ErrorLog");
    await expect(args?.provider.contractTransmitter.fromAccount()).rejects.toThrow(
      "this host offers no PluginProvider",
    );
    await expect(raw.newReportingPluginFactory({})).rejects.toThrow("its ReportingPluginServiceConfig is missing");
  });

  it("fails to dial a service that is offered but not served", async () => {
    const pair = create();
    const { connection } = await start(pair, createSamplePlugin());
    const raw = createClient(ReportingPluginServiceRpc, connection.transport);
    await expect(
      raw.newReportingPluginFactory({ ReportingPluginServiceConfig: config, telemetryID: 99 }, { timeoutMs: 300 }),
    ).rejects.toMatchObject({ code: Code.DeadlineExceeded });
    expect(pair.open().filter((entry) => entry.startsWith("plugin dialled"))).toEqual([]);
  });

  it("gets the bytes of a provider that is itself a client, including services that are unknown here", async () => {
    const pair = create();
    const seen: CompleteFactoryArgs[] = [];
    const { client } = await start(pair, createSamplePlugin(seen));
    const keystore = {
      accounts: async () => ["through"],
      sign: async () => bytes(),
      decrypt: async () => bytes(),
    };
    const elsewhere = await create().main(keystoreRoutes(keystore));
    const provider = { ...createSampleProvider(), [connectionKey]: elsewhere };
    await client.newReportingPluginFactory({ config, provider, errorLog });
    const connection = connectionOf(seen[0]?.provider ?? {}) ?? expect.fail("no connection");
    expect(await createKeystoreClient(connection).accounts()).toEqual(["through"]);
    // The services of the provider are not served a second time.
    await expect(seen[0]?.provider.contractTransmitter.fromAccount()).rejects.toMatchObject({
      code: Code.Unimplemented,
    });
  });

  it("makes several factories in one instance, and frees each when it ends", async () => {
    const pair = create();
    const calls: Recorded[] = [];
    const plugin = createSamplePlugin();
    const { client } = await start(pair, recording(plugin, calls));
    const before = pair.open().length;
    const args = { config, provider: createSampleProvider(), errorLog };
    const first = await client.newReportingPluginFactory(args);
    const once = pair.open().length;
    const second = await client.newReportingPluginFactory(args);
    const { plugin: one } = await first.newReportingPlugin(reportingPluginConfig);
    await second.newReportingPlugin(reportingPluginConfig);
    await first.close();
    // The reporting plugin of the other factory has its own connection, with two ends.
    await expect.poll(() => pair.open().length, { timeout: 10_000 }).toBe(once + 2);
    await expect(one.query(timestamp)).rejects.toBeDefined();
    await client.close();
    await expect.poll(() => pair.open().length, { timeout: 10_000 }).toBe(before);
  });

  it("checks configs", async () => {
    const pair = create();
    const { client } = await start(pair, createSamplePlugin());
    const validation = await client.newValidationService({ timeoutMs: 60_000 });
    await validation.validateConfig({ good: 1 });
    await expect(validation.validateConfig({ bad: 1 })).rejects.toThrow("bad is bad");
    expect(validation.name()).toBe("ReportingPluginServiceClient.ValidationServiceClient");
    await validation.close();
    await expect.poll(pair.open, { timeout: 10_000 }).toEqual([]);
  });

  it("ends gracefully with everything that it has made", async () => {
    const pair = create();
    const calls: Recorded[] = [];
    const plugin = createSamplePlugin();
    const served = serveReportingPluginService(
      recording(
        {
          ...plugin,
          newReportingPluginFactory: async () => recording(createSampleFactory(), calls, "factory."),
        },
        calls,
      ),
      pair.plugin,
    );
    const client = createReportingPluginServiceClient(await pair.main(served.routes), pair.host);
    await client.newReportingPluginFactory({ config, provider: createSampleProvider(), errorLog });
    await client.newValidationService();
    await served.dispose?.();
    expect(calls.map(({ method }) => method).filter((method) => method.endsWith("close"))).toEqual([
      "factory.close",
      "close",
    ]);
    expect(pair.open().filter((entry) => entry.startsWith("plugin"))).toEqual([]);
  });
});
