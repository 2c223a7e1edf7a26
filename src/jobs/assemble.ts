/** Makes a job from a document that has passed all checks. */
import { randomUUID } from "node:crypto";
import type { LocalConfig } from "../ocr2/config/local-config.ts";
import { defaultStalenessAlertThresholdMs, defaultUpdateIntervalMs } from "../pipeline/cached-data-source.ts";
import type { TomlDocument, TomlTable } from "../settings/toml.ts";
import { defined } from "../values/defined.ts";
import { toJson } from "./json.ts";
import { shortName } from "./plugin-name.ts";
import type { AnyJobDocument, GenericJobDocument, JobDocument } from "./schema.ts";
import type { Job, MedianJob, ProductConfig, ProductJob } from "./types.ts";

/** Two tables of the job as JSON. */
export interface JobJson {
  readonly relayConfig: Uint8Array;
  readonly pluginConfig: Uint8Array;
}

export function assembleMedian(
  document: TomlDocument,
  job: JobDocument,
  localConfig: Partial<LocalConfig>,
  json: JobJson,
): MedianJob {
  const { juelsPerFeeCoinSource, gasPriceSubunitsSource, juelsPerFeeCoinCache, deviationFunc, ...former } =
    job.pluginConfig;
  return {
    ...assemble(document, job, "median", localConfig, json),
    pluginType: "median",
    observationSource: job.observationSource,
    median: defined({
      juelsPerFeeCoinSource,
      juelsPerFeeCoinCache: {
        disable: juelsPerFeeCoinCache?.disable ?? former.juelsPerFeeCoinCacheDisabled ?? false,
        updateIntervalMs:
          juelsPerFeeCoinCache?.updateInterval ?? former.juelsPerFeeCoinCacheDuration ?? defaultUpdateIntervalMs,
        stalenessAlertThresholdMs: juelsPerFeeCoinCache?.stalenessAlertThreshold ?? defaultStalenessAlertThresholdMs,
      },
      gasPriceSubunitsSource,
      deviationFunc: deviationFunc && toJson(deviationFunc as TomlTable),
    }),
  };
}

export function assembleProduct(
  document: TomlDocument,
  job: GenericJobDocument,
  localConfig: Partial<LocalConfig>,
  json: JobJson,
): ProductJob {
  const { pluginName, telemetryType, providerType, command, envVars } = job.pluginConfig;
  return {
    ...assemble(document, job, pluginName, localConfig, json),
    pluginType: "plugin",
    product: defined({
      pluginName,
      telemetryType,
      providerType: providerType ?? "plugin",
      envVars: envVars ?? {},
      config: productConfig(document.root.pluginConfig as TomlTable),
      command: command?.trim() === "" ? undefined : command,
    }),
  };
}

/** In the form of a Chainlink node: the pipelines, and the whole table, which has the pipelines as well. */
function productConfig(table: TomlTable): ProductConfig["config"] {
  const { pipelines = [] } = table;
  return new TextDecoder().decode(toJson({ pipelines, pluginConfig: table }));
}

function assemble(
  document: TomlDocument,
  job: AnyJobDocument,
  kind: string,
  localConfig: Partial<LocalConfig>,
  json: JobJson,
): Job {
  const externalJobId = job.externalJobID ?? randomUUID();
  const chainId = job.chainID ?? job.relayConfig.chainID ?? "";
  const name = job.name?.trim() || externalJobId;
  return defined({
    file: document.file,
    name,
    externalJobId,
    plugin: `${kind}.${job.name?.trim() ? shortName(name) : externalJobId}`,
    relay: job.relay,
    chainId,
    relayer: `${job.relay}.${chainId}`,
    contractId: job.contractID,
    transmitterId: job.transmitterID,
    forwardingAllowed: job.forwardingAllowed ?? false,
    captureEaTelemetry: job.captureEATelemetry ?? false,
    allowNoBootstrappers: job.allowNoBootstrappers ?? false,
    localConfig,
    ...json,
    ocrKeyBundleId: job.ocrKeyBundleID?.toLowerCase(),
    p2pv2Bootstrappers: job.p2pv2Bootstrappers?.length === 0 ? undefined : job.p2pv2Bootstrappers,
    onchainSigningStrategy: job.onchainSigningStrategy as TomlTable | undefined,
    maxTaskDurationMs: job.maxTaskDuration,
  });
}
