/** The node's effective configuration. */

import type { JobFile } from "../../jobs/files.ts";
import type { Origin } from "../../settings/mistakes.ts";
import type { ChainConfig } from "./chains.ts";
import type { FeedsConfig } from "./feeds.ts";
import type { HttpConfig } from "./http.ts";
import type { LogConfig } from "./log.ts";
import type { LoopSettings } from "./loop/settings.ts";
import type { Ocr2Config } from "./ocr2.ts";
import type { PluginSettings } from "./plugins/types.ts";

export interface NodeConfig {
  /** The config file, if there is one. */
  readonly file?: string;
  readonly http: HttpConfig;
  readonly log: LogConfig;
  /** Job specs, by their absolute paths. */
  readonly jobs: readonly JobFile[];
  /** URLs of the modules of custom transports, by kind. */
  readonly transports: Readonly<Record<string, string>>;
  /** Adapter URLs by name. */
  readonly bridges: Readonly<Record<string, string>>;
  readonly pipeline: PipelineConfig;
  readonly feeds: FeedsConfig;
  readonly ocr2: Ocr2Config;
  /** Settings that plugins in other languages get in their environment. */
  readonly loop: LoopSettings;
  readonly chains: readonly ChainConfig[];
  /** For {@link resolvePlugin}. */
  readonly plugins: PluginSettings;
  /** Where every value came from, by its dotted name: `http.port`, `bridges.widget`, `ocr2.localConfig.minMaxDurationQueryMs`. */
  readonly origins: ReadonlyMap<string, Origin>;
}

/** Fits the data source's environment options. */
export interface PipelineConfig {
  readonly maxRunDurationMs: number;
  readonly requestTimeoutMs: number;
  readonly maxBodyBytes: number;
  readonly allowLocalAddresses: boolean;
}
