/** The median product: its plugin is given the job's pipelines as data sources. */

import type { MedianJob } from "../../jobs/types.ts";
import type { DataSource } from "../../loop/data-source/types.ts";
import { zeroDataSource } from "../../loop/data-source/zero.ts";
import { createPluginMedianClient } from "../../loop/median/client.ts";
import { createCachedDataSource } from "../../pipeline/cached-data-source.ts";
import { createPipelineDataSource } from "../../pipeline/data-source.ts";
import type { PipelineRun } from "../../pipeline/run.ts";
import type { Pipeline } from "../../pipeline/types.ts";
import type { Product, ProductOptions } from "./product.ts";
import { createMedianProvider } from "./providers.ts";

export function createMedianProduct(options: ProductOptions<MedianJob>): Product {
  const { job, config, log, connection, onObservation } = options;
  const median = createMedianProvider(job, connection);
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
  return {
    ...median,
    names: { service: "MedianService", client: "PluginMedianClient" },
    observationSource: job.observationSource,
    createFactory: (instance, options) =>
      createPluginMedianClient(instance, instance.broker, { name: job.plugin }).newMedianFactory(
        {
          ...sources,
          provider: median.provider,
          contractId: job.contractId,
          errorLog: { saveError: async (message) => log.error(message) },
          ...(deviationFunc === undefined ? {} : { deviationFuncDefinition: deviationFunc }),
        },
        options,
      ),
    async [Symbol.asyncDispose]() {
      await cached?.[Symbol.asyncDispose]();
    },
  };
}
