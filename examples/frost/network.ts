/** Four oracles of one plugin, the host that they have, and rounds as OCR2 has them. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { PluginHandle } from "../../src/index.ts";
import {
  createReportingPluginServiceClient,
  type KeyValueStore,
  type PluginProvider,
  type ReportingPlugin,
  type ReportTimestamp,
} from "../../src/loop/index.ts";
import { createPipelineRunner } from "../../src/pipeline/runner.ts";

const options = { timeoutMs: 20_000 };
const configDigest = new Uint8Array(32).fill(1);

/** A weather station that tells its temperature over HTTP, and the pipeline that reads it. */
export async function createWeatherStation() {
  const station = { celsius: 0 };
  const server = createServer((_, response) => response.end(JSON.stringify({ celsius: station.celsius })));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(station, {
    pipeline: `read [type=http method=GET url="http://127.0.0.1:${port}/"]; celsius [type=jsonparse path="celsius"]; read -> celsius;`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

/** The node's pipelines, as a plugin can run them. */
const pipelineRunner = createPipelineRunner({
  job: { name: "frost", externalJobId: "00000000-0000-0000-0000-000000000000" },
  environment: { allowLocalAddresses: true },
});

/** One oracle's, in the memory of its host. */
function createStore(): KeyValueStore {
  const values = new Map<string, Uint8Array>();
  return {
    store: async (key, value) => void values.set(key, value),
    get: async (key) => values.get(key),
    pruneExpiredEntries: async () => 0,
  };
}

/** What a relayer would give the product: here, a contract that is a list. */
function createProvider(contract: string[]): PluginProvider {
  return {
    name: () => "ListProvider",
    ready: async () => {},
    healthReport: async () => new Map(),
    close: async () => {},
    offchainConfigDigester: { configDigest: async () => configDigest, configDigestPrefix: async () => 1 },
    contractConfigTracker: {
      latestConfigDetails: async () => ({ changedInBlock: 1n, configDigest }),
      latestConfig: async () => Promise.reject(new Error("this contract has no config")),
      latestBlockHeight: async () => 1n,
    },
    contractTransmitter: {
      transmit: async (_context, report) => void contract.push(new TextDecoder().decode(report)),
      latestConfigDigestAndEpoch: async () => ({ configDigest, epoch: 0 }),
      fromAccount: async () => "me",
    },
  };
}

export interface FrostNetwork {
  /** What the contract was sent. */
  readonly contract: readonly string[];
  /** One round of all oracles. @returns the report, if there was one and it was transmitted */
  round(): Promise<string | undefined>;
}

/** @param pipeline measures the temperature */
export function createFrostNetwork(plugin: PluginHandle, frostBelow: number, pipeline: string): FrostNetwork {
  const contract: string[] = [];
  const provider = createProvider(contract);
  const table = { frostBelow, pipelines: [{ name: "temperature", spec: pipeline }] };
  const oracles = [0, 1, 2, 3].map((oracleId) => createOracle(plugin, oracleId, provider, JSON.stringify(table)));
  let round = 0;
  return {
    contract,
    async round() {
      round += 1;
      const timestamp: ReportTimestamp = { configDigest, epoch: 1, round };
      const plugins = await Promise.all(oracles.map((oracle) => oracle.get(options)));
      const leader = plugins[round % plugins.length] as ReportingPlugin;
      const query = await leader.query(timestamp, options);
      const observations = await Promise.all(
        plugins.map(async (one, observer) => ({
          observation: await one.observation(timestamp, query, options),
          observer,
        })),
      );
      const reports = await Promise.all(plugins.map((one) => one.report(timestamp, query, observations, options)));
      const texts = new Set(reports.map((report) => report && new TextDecoder().decode(report)));
      if (texts.size !== 1) throw new Error(`The oracles disagree: ${[...texts].join(", ")}`);
      const [report] = reports;
      if (report === undefined) return undefined;
      const accepted = await Promise.all(
        plugins.map((one) => one.shouldAcceptFinalizedReport(timestamp, report, options)),
      );
      if (accepted.includes(false) || !(await leader.shouldTransmitAcceptedReport(timestamp, report, options))) return;
      const context = { reportTimestamp: timestamp, extraHash: new Uint8Array(32) };
      await provider.contractTransmitter.transmit(context, report, [], options);
      return [...texts][0];
    },
  };
}

/** An oracle's reporting plugin: made again in every instance of the plugin. Its values stay with the host. */
function createOracle(plugin: PluginHandle, oracleId: number, provider: PluginProvider, pluginConfig: string) {
  const keyValueStore = createStore();
  return plugin.resource<ReportingPlugin>({
    async create(instance) {
      const service = createReportingPluginServiceClient(instance, instance.broker);
      const factory = await service.newReportingPluginFactory(
        {
          config: { providerType: "plugin", command: "", pluginName: "frost", pluginConfig, telemetryType: "frost" },
          provider,
          errorLog: { saveError: async (message) => console.error(message) },
          pipelineRunner,
          keyValueStore,
        },
        options,
      );
      const { plugin: made } = await factory.newReportingPlugin(
        {
          configDigest,
          oracleId,
          n: 4,
          f: 1,
          onchainConfig: new Uint8Array(),
          offchainConfig: new Uint8Array(),
          estimatedRoundIntervalMs: 1000,
          maxDurationQueryMs: 1000,
          maxDurationObservationMs: 1000,
          maxDurationReportMs: 1000,
          maxDurationShouldAcceptFinalizedReportMs: 1000,
          maxDurationShouldTransmitAcceptedReportMs: 1000,
        },
        options,
      );
      return { ...made, close: () => factory.close(options) };
    },
    dispose: (made) => made.close(),
  });
}
