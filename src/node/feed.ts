/** One data feed: a job's sources, its provider, its median plugin, and the engine that drives them. */
import type { Logger } from "../../transports/plugin.ts";
import type { DataSource } from "../loop/data-source/types.ts";
import { createPluginMedianClient } from "../loop/median/client.ts";
import type { MedianProvider } from "../loop/median/types.ts";
import type { OracleEngine } from "../ocr2/engine.ts";
import { createSoloEngine } from "../ocr2/solo.ts";
import { zeroDataSource } from "../plugins/median/zero-data-source.ts";
import type { PluginHandle } from "../runtime/plugin-handle.ts";
import type { NodeConfig } from "./config/resolve.ts";
import type { JobSpec } from "./jobs/types.ts";
import type { NodeKeys } from "./keys.ts";
import { createLastingFactory, createLastingProvider } from "./lasting.ts";
import { createCachedDataSource } from "./pipeline/cached-data-source.ts";
import { createPipelineDataSource } from "./pipeline/data-source.ts";
import type { PipelineRun } from "./pipeline/run.ts";
import type { Pipeline } from "./pipeline/types.ts";
import { createTimeoutMs, type NodeRelayer } from "./relayer.ts";

export interface Feed extends AsyncDisposable {
  readonly job: JobSpec;
  readonly engine: OracleEngine;
  /** What the chain has, over the relayer's plugin. */
  readonly provider: MedianProvider;
}

export interface FeedOptions {
  readonly job: JobSpec;
  readonly relayer: NodeRelayer;
  readonly median: PluginHandle;
  readonly keys: NodeKeys;
  readonly config: NodeConfig;
  readonly log: Logger;
  /** Hears of every run of the job's observation source. */
  readonly onObservation?: (run: PipelineRun) => void;
}

/** Makes a feed; its engine has yet to be started. */
export function createFeed({ job, relayer, median, keys, config, log, onObservation }: FeedOptions): Feed {
  const provider = relayer.plugin.resource<MedianProvider>({
    async create(life) {
      const { externalJobId, contractId, relayConfig, pluginConfig } = job;
      return (await relayer.relayer.within(life)).newMedianProvider(
        { externalJobId, jobId: 1, contractId, isNew: true, relayConfig },
        { transmitterId: job.transmitterId, pluginConfig },
        { timeoutMs: createTimeoutMs, signal: life.signal },
      );
    },
    dispose: (previous) => previous.close({ timeoutMs: 1000 }),
  });
  const lastingProvider = createLastingProvider(provider, `${job.plugin}.MedianProvider`);

  const source = (pipeline: Pipeline, onRun?: (run: PipelineRun) => void) =>
    createPipelineDataSource({
      pipeline,
      job: { name: job.name, externalJobId: job.externalJobId },
      environment: { ...config.pipeline, bridges: config.bridges },
      maxTaskDurationMs: job.maxTaskDurationMs,
      log,
      onRun,
    });
  const { juelsPerFeeCoinCache, juelsPerFeeCoinSource, gasPriceSubunitsSource, deviationFunc } = job.median;
  const juels = source(juelsPerFeeCoinSource);
  const cached = juelsPerFeeCoinCache.disable
    ? undefined
    : createCachedDataSource({
        source: juels,
        updateIntervalMs: juelsPerFeeCoinCache.updateIntervalMs,
        stalenessAlertThresholdMs: juelsPerFeeCoinCache.stalenessAlertThresholdMs,
        log,
      });
  const sources: { dataSource: DataSource; juelsPerFeeCoin: DataSource; gasPriceSubunits: DataSource } = {
    dataSource: source(job.observationSource, onObservation),
    juelsPerFeeCoin: cached ?? juels,
    gasPriceSubunits: gasPriceSubunitsSource === undefined ? zeroDataSource : source(gasPriceSubunitsSource),
  };

  const factory = median.resource({
    create: (life) =>
      createPluginMedianClient(life, life.broker, { name: job.plugin }).newMedianFactory(
        {
          ...sources,
          provider: lastingProvider,
          contractId: job.contractId,
          errorLog: { saveError: async (message) => log.error(message) },
          ...(deviationFunc === undefined ? {} : { deviationFuncDefinition: deviationFunc }),
        },
        { timeoutMs: createTimeoutMs, signal: life.signal },
      ),
    dispose: (previous) => previous.close({ timeoutMs: 1000 }),
  });

  const engine = createSoloEngine({
    provider: lastingProvider,
    factory: createLastingFactory(median, factory),
    keyring: keys.keyring,
    localConfig: { ...config.ocr2.localConfig, ...job.localConfig },
    // Over any boundary a limit of zero would have passed before the call has arrived; in-process it does no harm.
    minMaxDurationQueryMs: config.ocr2.minMaxDurationQueryMs,
    log,
  });
  return {
    job,
    engine,
    provider: lastingProvider,
    async [Symbol.asyncDispose]() {
      await engine.stop();
      await cached?.[Symbol.asyncDispose]();
      await factory[Symbol.asyncDispose]();
      await provider[Symbol.asyncDispose]();
    },
  };
}
