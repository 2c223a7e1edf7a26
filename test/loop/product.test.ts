import { describe, expect, it } from "vitest";
import { z } from "zod";
import { genericHandshake } from "../../src/loop/handshakes.ts";
import { defineReportingPlugin } from "../../src/loop/product/define.ts";
import type { ReportingPluginDefinition } from "../../src/loop/product/types.ts";
import { createReportingPluginServiceClient } from "../../src/loop/reporting-plugin-service/client.ts";
import type { ReportingPluginFactoryArgs } from "../../src/loop/reporting-plugin-service/types.ts";
import { createLogger } from "../../transports/logs/log.ts";
import type { LogEntry, MetricOptions, Metrics, PluginModule } from "../../transports/plugin.ts";
import { bytes, createSampleProvider, createSampleStore, digest, reportingPluginConfig, timestamp } from "./samples.ts";
import { createBytesPair } from "./support.ts";

const limits = { maxQueryLength: 2, maxObservationLength: 3, maxReportLength: 4 };
const smallest: ReportingPluginDefinition = {
  name: "smallest",
  limits,
  observation: () => bytes(1),
  report: (_round, _query, observations) => bytes(observations.length),
};
const at = (epoch: number, round: number) => ({ configDigest: digest(1), epoch, round });

/** Starts a product as a guest does, and returns its host's client. */
async function start(plugin: PluginModule) {
  const pair = createBytesPair();
  const logged: LogEntry[] = [];
  const metrics: string[] = [];
  const make = ({ name }: MetricOptions<string>) => {
    metrics.push(name);
    return { inc: () => {}, set: () => {}, observe: () => {} };
  };
  const served = await plugin.setup({
    config: undefined,
    log: createLogger((entry) => logged.push(entry)),
    metrics: { counter: make, gauge: make, histogram: make } as unknown as Metrics,
    broker: pair.plugin,
    signal: new AbortController().signal,
    protocolVersion: 0,
  });
  const client = createReportingPluginServiceClient(await pair.main(served.routes), pair.host);
  async function factory(pluginConfig = "{}", change: Partial<ReportingPluginFactoryArgs> = {}) {
    return client.newReportingPluginFactory({
      config: { providerType: "plugin", command: "c", pluginName: "p", pluginConfig, telemetryType: "t" },
      provider: createSampleProvider(),
      errorLog: { saveError: async () => {} },
      keyValueStore: createSampleStore(),
      ...change,
    });
  }
  return { client, factory, logged, metrics, served };
}

describe("the smallest product", () => {
  it("is a plugin of the generic kind, with defaults for the rest", async () => {
    const plugin = defineReportingPlugin(smallest);
    expect(plugin.handshake).toEqual(genericHandshake);
    const { factory } = await start(plugin);
    const { plugin: made, info } = await (await factory("")).newReportingPlugin(reportingPluginConfig);
    expect(info).toEqual({ name: "smallest", uniqueReports: false, limits });
    expect(await made.query(timestamp)).toEqual(bytes());
    expect(await made.observation(timestamp, bytes())).toEqual(bytes(1));
    const observations = [{ observation: bytes(1), observer: 3 }];
    expect(await made.report(timestamp, bytes(), observations)).toEqual(bytes(1));
    await made.close();
  });

  it("accepts each report once, and no older report", async () => {
    const { factory } = await start(defineReportingPlugin(smallest));
    const { plugin } = await (await factory()).newReportingPlugin(reportingPluginConfig);
    const accepts = async (epoch: number, round: number) =>
      plugin.shouldAcceptFinalizedReport(at(epoch, round), bytes());
    expect(await accepts(3, 2)).toBe(true);
    expect(await accepts(3, 2)).toBe(false);
    expect(await accepts(3, 1)).toBe(false);
    expect(await accepts(2, 9)).toBe(false);
    expect(await accepts(3, 3)).toBe(true);
    expect(await accepts(4, 1)).toBe(true);
  });

  it("transmits unless the contract has seen a later epoch of the same config", async () => {
    const provider = createSampleProvider();
    const { factory } = await start(defineReportingPlugin(smallest));
    const { plugin } = await (
      await factory("{}", {
        provider: {
          ...provider,
          contractTransmitter: {
            ...provider.contractTransmitter,
            latestConfigDigestAndEpoch: async () => ({ configDigest: digest(1), epoch: 7 }),
          },
        },
      })
    ).newReportingPlugin(reportingPluginConfig);
    expect(await plugin.shouldTransmitAcceptedReport(at(8, 1), bytes())).toBe(true);
    expect(await plugin.shouldTransmitAcceptedReport(at(7, 1), bytes())).toBe(true);
    expect(await plugin.shouldTransmitAcceptedReport(at(6, 9), bytes())).toBe(false);
    expect(await plugin.shouldTransmitAcceptedReport({ ...at(6, 9), configDigest: digest(2) }, bytes())).toBe(true);
  });

  it("refuses an invalid name", () => {
    expect(() => defineReportingPlugin({ ...smallest, name: "two words" })).toThrow(
      'Cannot name a reporting plugin "two words": use letters, digits, dots, underscores and hyphens',
    );
  });

  it("has healthy parts under its name", async () => {
    const { client, factory } = await start(defineReportingPlugin(smallest));
    expect([...(await client.healthReport()).keys()]).toContain("ReportingPluginServiceClient.smallest");
    const made = await factory();
    await made.ready();
    expect([...(await made.healthReport()).keys()].at(-1)).toMatch(/\.smallest\.ReportingPluginFactory$/);
  });
});

describe("the results of a product", () => {
  it.each([
    ["query", "maxQueryLength", 2],
    ["observation", "maxObservationLength", 3],
    ["report", "maxReportLength", 4],
  ] as const)("is refused when its %s is longer than it said", async (method, limit, length) => {
    const long = () => new Uint8Array(length + 1);
    const { factory } = await start(defineReportingPlugin({ ...smallest, [method]: long }));
    const { plugin } = await (await factory()).newReportingPlugin(reportingPluginConfig);
    const call = {
      query: () => plugin.query(timestamp),
      observation: () => plugin.observation(timestamp, bytes()),
      report: () => plugin.report(timestamp, bytes(), []),
    }[method];
    await expect(call()).rejects.toThrow(
      `Cannot use the ${method} of "smallest": it has ${length + 1} bytes, and ${limit} is ${length}`,
    );
  });

  it("may be without a report", async () => {
    const { factory } = await start(defineReportingPlugin({ ...smallest, report: () => undefined }));
    const { plugin } = await (await factory()).newReportingPlugin(reportingPluginConfig);
    expect(await plugin.report(timestamp, bytes(), [])).toBeUndefined();
  });
});

describe("a whole product", () => {
  const closed: string[] = [];
  const plugin = defineReportingPlugin({
    name: "whole",
    uniqueReports: true,
    config: z.object({ unit: z.string(), factor: z.number().default(2) }),
    offchainConfig({ offchainConfig }) {
      if (offchainConfig[0] !== 2) throw new Error("expected version 2");
      return { version: offchainConfig[0] };
    },
    limits: ({ config, oracle, offchain }) => ({
      maxQueryLength: 100,
      maxObservationLength: 100 * config.factor,
      maxReportLength: 100 * oracle.n * offchain.version,
    }),
    create({ metrics, config, log }) {
      log.info("made");
      return { observations: metrics.counter({ name: "observations_total", help: "Observations" }), seen: config.unit };
    },
    query: ({ timestamp: { round } }) => new TextEncoder().encode(`round ${round}`),
    async observation({ state, job, config, options, keyValueStore, pipelineRunner }, query) {
      state.observations.inc();
      await keyValueStore.store("seen", query, options);
      const [result] = await pipelineRunner.executeRun(config.unit, {}, options);
      return new TextEncoder().encode(`${state.seen} ${job.telemetryType} ${String(result?.value)}`);
    },
    report: ({ offchain }) => Uint8Array.of(offchain.version),
    shouldAcceptFinalizedReport: (_round, report) => report.length > 0,
    shouldTransmitAcceptedReport: async ({ connection, provider, errorLog, options }) => {
      await errorLog.saveError(await provider.contractTransmitter.fromAccount(options), options);
      return connection !== undefined;
    },
    close: ({ seen }) => void closed.push(seen),
  });
  const table = '{"pipelines":[],"pluginConfig":{"unit":"mm","command":"c"}}';
  const pipelineRunner = {
    executeRun: async (spec: string) => [{ id: "a", type: "memo", value: spec, isTerminal: true, index: 0 }],
  };

  it("gets its config, its state, its host and the round together", async () => {
    const errors: string[] = [];
    const errorLog = { saveError: async (message: string) => void errors.push(message) };
    const { factory, logged, metrics, served } = await start(plugin);
    const made = await factory(table, { pipelineRunner, errorLog });
    const { plugin: one, info } = await made.newReportingPlugin(reportingPluginConfig);
    expect(info).toEqual({
      name: "whole",
      uniqueReports: true,
      limits: { maxQueryLength: 100, maxObservationLength: 200, maxReportLength: 800 },
    });
    const query = await one.query(timestamp, { timeoutMs: 60_000 });
    expect(new TextDecoder().decode(query)).toBe("round 255");
    const observation = await one.observation(timestamp, query, { timeoutMs: 60_000 });
    expect(new TextDecoder().decode(observation)).toBe("mm t mm");
    expect(await one.report(timestamp, query, [])).toEqual(bytes(2));
    expect(await one.shouldAcceptFinalizedReport(timestamp, bytes())).toBe(false);
    expect(await one.shouldTransmitAcceptedReport(timestamp, bytes(1))).toBe(true);
    expect(errors).toEqual(["some account"]);
    expect(logged).toMatchObject([{ message: "made", fields: { oracleId: 300 } }]);

    // Another job of the same plugin shares only the metric.
    const other = await factory('{"unit":"inch"}', { pipelineRunner });
    await other.newReportingPlugin(reportingPluginConfig);
    expect(metrics).toEqual(["observations_total"]);
    await one.close();
    expect(closed).toEqual(["mm"]);
    await served.dispose?.();
    expect(closed).toEqual(["mm", "inch"]);
  });

  it("refuses an invalid config, before and after a job is created", async () => {
    const { client, factory } = await start(plugin);
    const validation = await client.newValidationService();
    await validation.validateConfig({ unit: "mm", command: "c" });
    await expect(validation.validateConfig({ unit: 1 })).rejects.toThrow(
      /^\[unknown\] Cannot use the config of "whole": pluginConfig\.unit: /,
    );
    await expect(factory("{}")).rejects.toThrow('Cannot use the config of "whole": pluginConfig.unit: ');
    await expect(factory("[]")).rejects.toThrow('Cannot use the config of "whole": it is not an object');
    await expect(factory("{")).rejects.toThrow('Cannot read the config of "whole": it is not JSON: ');
  });

  it("refuses a contract's config that cannot be decoded", async () => {
    const { factory } = await start(plugin);
    const made = await factory(table, { pipelineRunner });
    await expect(made.newReportingPlugin({ ...reportingPluginConfig, offchainConfig: bytes(1) })).rejects.toThrow(
      "expected version 2",
    );
  });
});
