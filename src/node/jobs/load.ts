/** Reads job specs, and refuses what cannot run before anything is started. */
import { randomUUID } from "node:crypto";
import type { LocalConfig } from "../../ocr2/local-config.ts";
import { checkDocument, mistakeAt } from "../config/check.ts";
import { ConfigError, collect, inOrder, type Mistake } from "../config/mistakes.ts";
import { checkLocalSetting } from "../config/ocr2.ts";
import { parseToml, readToml, type TomlDocument, type TomlPath, type TomlTable } from "../config/toml.ts";
import { defaultStalenessAlertThresholdMs, defaultUpdateIntervalMs } from "../pipeline/cached-data-source.ts";
import { PipelineError } from "../pipeline/errors.ts";
import { parsePipeline } from "../pipeline/parse.ts";
import { toJson } from "./json.ts";
import { type JobDocument, jobSchema, localConfigKeys } from "./schema.ts";
import type { JobSpec } from "./types.ts";

export interface LoadJobOptions {
  /** The relays that there are. Default: any. */
  readonly relays?: readonly string[];
  /** The chains of the config. Default: any. */
  readonly chains?: readonly { readonly relay: string; readonly chainId: string; readonly enabled: boolean }[];
  /** Whether OCR2's bounds are lifted. Default false. */
  readonly developmentMode?: boolean;
}

/**
 * Reads job spec files.
 * @throws ConfigError with every mistake of every file, and for two jobs that would be mistaken for each other
 */
export function loadJobs(files: readonly string[], options: LoadJobOptions = {}): JobSpec[] {
  const mistakes: Mistake[] = [];
  const jobs: JobSpec[] = [];
  for (const file of files) {
    const job = collect(mistakes, () => loadJob(file, options));
    if (job === undefined) continue;
    const origin = { kind: "file", file, line: 1 } as const;
    const sameId = jobs.find(({ externalJobId }) => externalJobId === job.externalJobId);
    const sameName = jobs.find(({ plugin }) => plugin === job.plugin);
    if (sameId !== undefined) {
      mistakes.push({ origin, key: "externalJobID", message: `The job of ${sameId.file} has the same id` });
    } else if (sameName !== undefined) {
      const message = `The job of ${sameName.file} has a name that comes to the same plugin, ${job.plugin}`;
      mistakes.push({ origin, key: "name", message });
    }
    jobs.push(job);
  }
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return jobs;
}

/** Reads one job spec file. @throws ConfigError with every mistake */
function loadJob(file: string, options: LoadJobOptions = {}): JobSpec {
  return readJob(readToml(file), options);
}

/**
 * Reads a job spec.
 * @param file the name for messages
 * @throws ConfigError with every mistake
 */
export function parseJob(text: string, file: string, options: LoadJobOptions = {}): JobSpec {
  return readJob(parseToml(text, file), options);
}

function readJob(document: TomlDocument, options: LoadJobOptions): JobSpec {
  const { value: job, mistakes } = checkDocument(document, jobSchema);
  const mistake = (path: TomlPath, message: string) => mistakes.push(mistakeAt(document, path, message));

  const relay = job.relay ?? "";
  const chainId = job.chainID ?? job.relayConfig?.chainID;
  if (relay !== "" && options.relays?.includes(relay) === false) {
    mistake(["relay"], `There is no relay "${relay}", only ${options.relays.join(", ")}`);
  } else if (relay !== "") checkChain(job, chainId, options, mistake);
  if (relay === "evm" && job.contractID !== undefined && !/^0x[0-9a-fA-F]{40}$/.test(job.contractID)) {
    mistake(["contractID"], "An EVM address is 0x and 40 hexadecimal digits");
  }
  if (job.p2pv2Bootstrappers?.length === 0 && job.allowNoBootstrappers !== true) {
    mistake(["p2pv2Bootstrappers"], "The list is empty: name a bootstrapper, or set allowNoBootstrappers = true");
  }
  const localConfig = readLocalConfig(job, options.developmentMode ?? false, mistake);
  const relayConfig = tableJson(document, "relayConfig", mistake, chainId === undefined ? {} : { chainID: chainId });
  const pluginConfig = tableJson(document, "pluginConfig", mistake);
  if (mistakes.length > 0) throw new ConfigError(inOrder(mistakes.flatMap((one) => explain(document, one))));

  return assemble(document, job as JobDocument, localConfig, { relayConfig, pluginConfig });
}

type Note = (path: TomlPath, message: string) => void;

function checkChain(
  job: Partial<JobDocument>,
  chainId: string | undefined,
  options: LoadJobOptions,
  mistake: Note,
): void {
  const path = job.chainID === undefined ? ["relayConfig", "chainID"] : ["chainID"];
  if (chainId === undefined) {
    if (job.relayConfig !== undefined) mistake(path, "It is missing: say which chain the contract is on");
    return;
  }
  const other = job.relayConfig?.chainID;
  if (job.chainID !== undefined && other !== undefined && other !== job.chainID) {
    mistake(path, `It is "${job.chainID}" here, but "${other}" in [relayConfig]: leave one of the two out`);
  }
  if (options.chains === undefined) return;
  const chains = options.chains.filter(({ relay }) => relay === job.relay);
  const found = chains.find((chain) => chain.chainId === chainId);
  if (found === undefined) {
    const known = chains.length === 0 ? "none" : chains.map((chain) => chain.chainId).join(", ");
    mistake(path, `The config has no ${job.relay} chain "${chainId}": it has ${known}`);
  } else if (!found.enabled) mistake(path, `The ${job.relay} chain "${chainId}" is not enabled in the config`);
}

function readLocalConfig(job: Partial<JobDocument>, developmentMode: boolean, mistake: Note): Partial<LocalConfig> {
  const found: { -readonly [Name in keyof LocalConfig]?: LocalConfig[Name] } = {};
  for (const key of Object.keys(localConfigKeys) as (keyof typeof localConfigKeys)[]) {
    const value = job[key];
    if (value === undefined) continue;
    try {
      checkLocalSetting(localConfigKeys[key], value, developmentMode);
      found[localConfigKeys[key]] = value;
    } catch (error) {
      mistake([key], error instanceof Error ? error.message : String(error));
    }
  }
  return found;
}

function tableJson(document: TomlDocument, key: string, mistake: Note, more: TomlTable = {}): Uint8Array {
  const table = document.root[key];
  try {
    if (typeof table === "object") return toJson({ ...more, ...(table as TomlTable) });
  } catch (error) {
    mistake([key], error instanceof Error ? error.message : String(error));
  }
  return new Uint8Array();
}

/** Some keys are often put in the wrong place, and pipelines have lines and mistakes of their own. */
function explain(document: TomlDocument, mistake: Mistake): Mistake[] {
  if (mistake.key === "juelsPerFeeCoinSource" || mistake.key === "gasPriceSubunitsSource") {
    return [{ ...mistake, message: "It belongs into [pluginConfig]" }];
  }
  if (mistake.key === "isBootstrapPeer") {
    return [{ ...mistake, message: "A bootstrap node is a job type of its own, which this node does not run" }];
  }
  const path = mistake.key.split(".");
  const text = path.reduce<unknown>((value, key) => (value as TomlTable | undefined)?.[key], document.root);
  if (!/^(?:observationSource|pluginConfig\.\w+Source)$/.test(mistake.key) || typeof text !== "string")
    return [mistake];
  return pipelineMistakes(text).map(({ line, message }) => ({
    origin: document.originInside(path, line),
    key: mistake.key,
    message: `${message} (line ${line} of the pipeline)`,
  }));
}

function pipelineMistakes(text: string): PipelineError["mistakes"] {
  try {
    parsePipeline(text);
  } catch (error) {
    if (error instanceof PipelineError) return error.mistakes;
  }
  return [];
}

function assemble(
  document: TomlDocument,
  job: JobDocument,
  localConfig: Partial<LocalConfig>,
  json: { relayConfig: Uint8Array; pluginConfig: Uint8Array },
): JobSpec {
  const { juelsPerFeeCoinSource, gasPriceSubunitsSource, juelsPerFeeCoinCache, deviationFunc } = job.pluginConfig;
  const externalJobId = (job.externalJobID ?? randomUUID()).toLowerCase();
  const chainId = job.chainID ?? job.relayConfig.chainID ?? "";
  const name = job.name?.trim() || externalJobId;
  return {
    file: document.file,
    name,
    externalJobId,
    plugin: `${job.pluginType}.${slug(name) || externalJobId}`,
    pluginType: job.pluginType,
    relay: job.relay,
    chainId,
    relayer: `${job.relay}.${chainId}`,
    contractId: job.contractID,
    transmitterId: job.transmitterID,
    forwardingAllowed: job.forwardingAllowed ?? false,
    captureEaTelemetry: job.captureEATelemetry ?? false,
    allowNoBootstrappers: job.allowNoBootstrappers ?? false,
    localConfig,
    observationSource: job.observationSource,
    median: {
      juelsPerFeeCoinSource,
      juelsPerFeeCoinCache: {
        disable: juelsPerFeeCoinCache?.disable ?? false,
        // Zero means the default, as in Chainlink.
        updateIntervalMs: juelsPerFeeCoinCache?.updateInterval || defaultUpdateIntervalMs,
        stalenessAlertThresholdMs: juelsPerFeeCoinCache?.stalenessAlertThreshold ?? defaultStalenessAlertThresholdMs,
      },
      ...(gasPriceSubunitsSource === undefined ? {} : { gasPriceSubunitsSource }),
      ...(deviationFunc === undefined ? {} : { deviationFunc: toJson(deviationFunc as TomlTable) }),
    },
    ...json,
    ...(job.ocrKeyBundleID === undefined ? {} : { ocrKeyBundleId: job.ocrKeyBundleID.toLowerCase() }),
    ...(job.p2pv2Bootstrappers === undefined ? {} : { p2pv2Bootstrappers: job.p2pv2Bootstrappers }),
    ...(job.onchainSigningStrategy === undefined
      ? {}
      : { onchainSigningStrategy: job.onchainSigningStrategy as TomlTable }),
    ...(job.maxTaskDuration === undefined ? {} : { maxTaskDurationMs: job.maxTaskDuration }),
  };
}

/** "WIDGET / USD local" becomes "widget-usd-local". */
function slug(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[-.]+|[-.]+$/g, "")
    .slice(0, 64);
}
