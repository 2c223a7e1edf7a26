/** What authors of Chainlink plugins, of transports and of tests write, for the compiler to look at. */
import { definePlugin } from "loopp";
import {
  createPluginMedianClient,
  createPluginRelayerClient,
  type MedianFactoryArgs,
  medianHandshake,
  type PluginMedian,
  type Relayer,
  type ReportingPluginFactory,
  servePluginMedian,
} from "loopp/loop";
import { createTestRuntime, type TestRuntime } from "loopp/testing";
import {
  type Connection,
  type Launch,
  moduleOptions,
  object,
  type PluginInstance,
  type PluginTransport,
} from "loopp/transports";

const service = {
  name: () => "Shouting",
  ready: async () => {},
  healthReport: async () => new Map([["Shouting", ""]]),
  close: async () => {},
};

const factory = ({ contractId }: MedianFactoryArgs): ReportingPluginFactory => ({
  ...service,
  async newReportingPlugin() {
    throw new Error(`${contractId} has nothing to report`);
  },
});

const median: PluginMedian = { ...service, newMedianFactory: async (args) => factory(args) };

export const plugin = definePlugin({
  handshake: medianHandshake,
  setup: ({ broker }) => servePluginMedian(median, broker),
});

export const underTest = (): Promise<TestRuntime> => createTestRuntime({ plugins: { median: { module: plugin } } });

export async function clients(instance: PluginInstance): Promise<Relayer> {
  createPluginMedianClient(instance, instance.broker) satisfies PluginMedian;
  return createPluginRelayerClient(instance, instance.broker).newRelayer("", {
    accounts: async () => [],
    sign: async (_account, data) => data,
    decrypt: async (_account, data) => data,
  });
}

export function nowhere(message: string): PluginTransport<{ module: URL }> {
  return {
    kind: "nowhere",
    capabilities: {
      boundary: "none",
      preemptible: false,
      memoryLimit: false,
      crossLanguage: false,
      capturesConsole: false,
    },
    options: moduleOptions("a plugin that is nowhere", object({})),
    launch: async (_spec, { name }: Launch): Promise<PluginInstance> => {
      throw new Error(`${name}: ${message}`);
    },
  };
}

export const bytesOf = (connection: Connection) => connection.bytes;
