/** A generic product (`pluginType = "plugin"`): the node's services that its plugin is given. */

import type { ProductJob } from "../../jobs/types.ts";
import { createReportingPluginServiceClient } from "../../loop/reporting-plugin-service/client.ts";
import type { Telemetry } from "../../loop/telemetry/types.ts";
import { createPipelineRunner } from "../../pipeline/runner.ts";
import { createKeyValueStore } from "./key-values.ts";
import type { Product, ProductOptions } from "./product.ts";
import { createMedianProvider, createPluginProvider } from "./providers.ts";

/** By the `providerType` of the job. */
const providers = { plugin: createPluginProvider, median: createMedianProvider };

export function createGenericProduct({
  job,
  config,
  log,
  connection,
  errorLog,
  onRun,
}: ProductOptions<ProductJob>): Product {
  const { pluginName, providerType, telemetryType, command = "" } = job.product;
  const given = providers[providerType](job, connection);
  // Made here, not in `createFactory`: it must outlive the plugin's instances.
  const keyValueStore = createKeyValueStore();
  const pipelineRunner = createPipelineRunner({
    job: { name: job.name, externalJobId: job.externalJobId },
    environment: { ...config.pipeline, bridges: config.bridges },
    maxTaskDurationMs: job.maxTaskDurationMs,
    onRun: (run) => onRun("product", run),
  });
  let messages = 0;
  const telemetry: Telemetry = {
    async send({ network, chainId, contractId, telemetryType: type, payload }) {
      messages++;
      log.debug("A product's telemetry was dropped: there is no receiver", {
        ...{ network, chainId, contractId, telemetryType: type },
        bytes: payload.length,
        messages,
      });
    },
  };
  return {
    ...given,
    pipelines: {},
    names: { service: "GenericService", client: "ReportingPluginServiceClient" },
    createFactory: (instance, options) =>
      createReportingPluginServiceClient(instance, instance.broker, { name: job.plugin }).newReportingPluginFactory(
        {
          config: { pluginName, providerType, telemetryType, command, pluginConfig: job.product.config },
          provider: given.provider,
          errorLog,
          pipelineRunner,
          telemetry,
          keyValueStore,
        },
        options,
      ),
    async [Symbol.asyncDispose]() {},
  };
}
