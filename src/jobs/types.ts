/** A job: one contract that this node takes part in the reports for. */
import type { LocalConfig } from "../ocr2/config/local-config.ts";
import type { Pipeline } from "../pipeline/types.ts";
import type { TomlTable } from "../settings/toml.ts";

/** A job spec, checked. */
export type JobSpec = MedianJob | ProductJob;

/** What all jobs have. Durations in milliseconds. */
export interface Job {
  /** The file that it was read from. */
  readonly file: string;
  /** What it is called in logs: its name, else its id. */
  readonly name: string;
  /** A UUID, lower case. Made up where the spec has none, so that it is another one after each start. */
  readonly externalJobId: string;
  /** Name of the job's plugin: `median.`, or the product's name, and the job's name in letters that a plugin's name may have. */
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
  /** What takes the place of the node's own OCR2 settings. */
  readonly localConfig: Partial<LocalConfig>;
  /** JSON for the relayer, with the chain id in it. */
  readonly relayConfig: Uint8Array;
  /** JSON for the relayer's provider, as it was written. */
  readonly pluginConfig: Uint8Array;
}

/** A data feed. */
export interface MedianJob extends Job {
  readonly pluginType: "median";
  readonly observationSource: Pipeline;
  readonly median: MedianConfig;
}

/** A product of a plugin of the generic kind. */
export interface ProductJob extends Job {
  readonly pluginType: "plugin";
  readonly product: ProductConfig;
}

/** What a Chainlink node reads of such a job, and what it hands on. */
export interface ProductConfig {
  /** Its `CL_<NAME>_CMD`, `CL_<NAME>_ENV` and `[plugins.<name>]` say what runs. */
  readonly pluginName: string;
  /** ONE executable, before what those say; never split into words. */
  readonly command?: string;
  readonly envVars: Readonly<Record<string, string>>;
  /** Which of its providers the relayer is asked for. */
  readonly providerType: "plugin" | "median";
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
  /** JSON; absent: the built-in one. */
  readonly deviationFunc?: Uint8Array;
}

export interface JuelsPerFeeCoinCache {
  readonly disable: boolean;
  readonly updateIntervalMs: number;
  readonly stalenessAlertThresholdMs: number;
}

/** Where an oracle finds the others. */
export interface Bootstrapper {
  readonly peerId: string;
  /** `host:port` */
  readonly addresses: readonly string[];
}
