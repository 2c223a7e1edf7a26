/** The median product: its plugin is given the job's pipelines as data sources. */

import type { MedianJob } from "../../jobs/types.ts";
import type { DataSource } from "../../loop/data-source/types.ts";
import { zeroDataSource } from "../../loop/data-source/zero.ts";
import { createPluginMedianClient } from "../../loop/median/client.ts";
import { createCachedDataSource } from "../../pipeline/cached-data-source.ts";
import { createPipelineDataSource } from "../../pipeline/data-source.ts";
import type { Pipeline } from "../../pipeline/types.ts";
import { decodeMedianOffchainConfig } from "../../plugins/median/offchain-config.ts";
import type { PipelineUse, Product, ProductOptions } from "./product.ts";
import { createMedianProvider } from "./providers.ts";

export function createMedianProduct(options: ProductOptions<MedianJob>): Product {
  const { job, config, log, connection, errorLog, onRun } = options;
  const median = createMedianProvider(job, connection);
  const { juelsPerFeeCoinCache, juelsPerFeeCoinSource, gasPriceSubunitsSource, deviationFunc } = job.median;
  const pipelines = {
    observation: job.observationSource,
    "fee-coin-price": juelsPerFeeCoinSource,
    ...(gasPriceSubunitsSource === undefined ? {} : { "gas-price": gasPriceSubunitsSource }),
  };
  const source = (use: PipelineUse, pipeline: Pipeline) =>
    createPipelineDataSource({
      pipeline,
      job: { name: job.name, externalJobId: job.externalJobId },
      environment: { ...config.pipeline, bridges: config.bridges },
      maxTaskDurationMs: job.maxTaskDurationMs,
      log,
      onRun: (run) => onRun(use, run),
    });
  const juels = source("fee-coin-price", juelsPerFeeCoinSource);
  const cached = juelsPerFeeCoinCache.disable
    ? undefined
    : createCachedDataSource({
        source: juels,
        updateIntervalMs: juelsPerFeeCoinCache.updateIntervalMs,
        stalenessAlertThresholdMs: juelsPerFeeCoinCache.stalenessAlertThresholdMs,
        log,
      });
  const sources: { dataSource: DataSource; juelsPerFeeCoin: DataSource; gasPriceSubunits: DataSource } = {
    dataSource: source("observation", job.observationSource),
    juelsPerFeeCoin: cached ?? juels,
    gasPriceSubunits:
      gasPriceSubunitsSource === undefined ? zeroDataSource : source("gas-price", gasPriceSubunitsSource),
  };
  return {
    ...median,
    names: { service: "MedianService", client: "PluginMedianClient" },
    pipelines,
    heartbeatMs(reportingPluginConfig) {
      try {
        return decodeMedianOffchainConfig(reportingPluginConfig).deltaCMs;
      } catch {
        // The plugin refuses it as well, and says why.
        return undefined;
      }
    },
    createFactory: (instance, options) =>
      createPluginMedianClient(instance, instance.broker, { name: job.plugin }).newMedianFactory(
        {
          ...sources,
          provider: median.provider,
          contractId: job.contractId,
          errorLog,
          ...(deviationFunc === undefined ? {} : { deviationFuncDefinition: deviationFunc }),
        },
        options,
      ),
    async [Symbol.asyncDispose]() {
      await cached?.[Symbol.asyncDispose]();
    },
  };
}
