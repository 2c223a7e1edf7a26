/** A job: one contract, and the node's part in its reports. */
import type { ProviderType } from "../loop/relayer/provider-types.ts";
import type { LocalConfig } from "../ocr2/config/local-config.ts";
import type { Pipeline } from "../pipeline/types.ts";
import type { TomlTable } from "../settings/toml.ts";

/** A job spec that has passed all checks. */
export type JobSpec = MedianJob | ProductJob;

/** The part that all jobs have. Durations in milliseconds. */
export interface Job {
  /** The file of the job. */
  readonly file: string;
  /** Its name in logs: the spec's, else the id. */
  readonly name: string;
  /** A UUID, lower case. Where the spec has none, a new one at each start. */
  readonly externalJobId: string;
  /** Name of the job's plugin, such as `median.btc-usd`: the kind or product, and the job's name in characters that are allowed; no other job has it. */
  readonly plugin: string;
  readonly relay: string;
  readonly chainId: string;
  /** Name of the relayer plugin that serves the job's chain, such as `evm.31337`. */
  readonly relayer: string;
  readonly contractId: string;
  readonly transmitterId: string;
  readonly forwardingAllowed: boolean;
  readonly captureEaTelemetry: boolean;
  /** Absent: the node's own. */
  readonly ocrKeyBundleId?: string;
  /** Absent: the node's own. */
  readonly p2pv2Bootstrappers?: readonly Bootstrapper[];
  readonly allowNoBootstrappers: boolean;
  readonly onchainSigningStrategy?: TomlTable;
  /** Limit for each attempt at a pipeline task. Absent: none. */
  readonly maxTaskDurationMs?: number;
  /** Overrides the node's OCR2 settings. */
  readonly localConfig: Partial<LocalConfig>;
  /** JSON for the relayer, with the chain id in it. */
  readonly relayConfig: Uint8Array;
  /** JSON for the relayer's provider, with every key of the spec. */
  readonly pluginConfig: Uint8Array;
}

/** A data feed. */
export interface MedianJob extends Job {
  readonly pluginType: "median";
  readonly observationSource: Pipeline;
  readonly median: MedianConfig;
}

/** A generic product. */
export interface ProductJob extends Job {
  readonly pluginType: "plugin";
  readonly product: ProductConfig;
}

/** The part of a generic job that a Chainlink node reads, and the part for the plugin. */
export interface ProductConfig {
  /** Its `CL_<NAME>_CMD`, `CL_<NAME>_ENV` and `[plugins.<name>]` say what runs. */
  readonly pluginName: string;
  /** ONE executable, which overrides those; never split into words. */
  readonly command?: string;
  readonly envVars: Readonly<Record<string, string>>;
  /** The provider that the relayer is asked for. */
  readonly providerType: ProviderType;
  readonly telemetryType: string;
  /** JSON: an object with the job's `pipelines`, and the whole of its `pluginConfig`. */
  readonly config: string;
}

/** The median product's own settings. */
export interface MedianConfig {
  readonly juelsPerFeeCoinSource: Pipeline;
  readonly juelsPerFeeCoinCache: JuelsPerFeeCoinCache;
  /** Absent: always zero. */
  readonly gasPriceSubunitsSource?: Pipeline;
  /** JSON. Absent: the built-in one. */
  readonly deviationFunc?: Uint8Array;
}

export interface JuelsPerFeeCoinCache {
  readonly disable: boolean;
  readonly updateIntervalMs: number;
  readonly stalenessAlertThresholdMs: number;
}

/** A node through which an oracle finds the others. */
export interface Bootstrapper {
  readonly peerId: string;
  /** `host:port` */
  readonly addresses: readonly string[];
}
