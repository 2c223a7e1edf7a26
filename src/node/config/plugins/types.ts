/** Settings of plugins. */
import type { HealthOptions, OnBootFailure } from "../../../runtime/options.ts";
import type { RestartPolicy } from "../../../runtime/restart-policy.ts";
import type { Origin } from "../../../settings/mistakes.ts";
import type { TomlPath } from "../../../settings/toml.ts";
import type { EnvironmentCommand } from "./commands.ts";
import type { PluginSection } from "./schema.ts";

/** The settings of all plugins, before one of them is resolved. */
export interface PluginSettings {
  readonly kinds: readonly string[];
  readonly transports: readonly string[];
  /** By name, from the config file. */
  readonly sections: ReadonlyMap<string, PluginSection>;
  /** By name, from `--transport`. */
  readonly flags: ReadonlyMap<string, string>;
  /** By kind, from `CL_<KIND>_CMD`, or found on the PATH. */
  readonly commands: ReadonlyMap<string, EnvironmentCommand>;
  /** By kind, from `CL_<KIND>_ENV`. */
  readonly envFiles: ReadonlyMap<
    string,
    { readonly variable: string; readonly file: string; readonly entries: ReadonlyMap<string, string> }
  >;
  /** Directory that relative paths of the config file start from. */
  readonly directory: string;
  /** The line of a path of the config file. */
  originOf(path: TomlPath): Origin;
}

/** One plugin's settings. Absent ones have the runtime's defaults. Durations in milliseconds. */
export interface PluginConfig {
  readonly name: string;
  readonly kind: string;
  readonly transport: string;
  /** ONE executable, which runs instead of the built-in plugin; never split into words. */
  readonly command?: string;
  /** Only with a command of the config file. */
  readonly args: readonly string[];
  /** URL of a module that runs instead of the built-in plugin. */
  readonly module?: string;
  /** From `CL_<KIND>_ENV`. {@link env} and the node's variables override them. */
  readonly envFile: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  /** `sha256:...` of the executable. */
  readonly checksum?: string;
  /** How its metrics are scraped: over its RPC connection, or from its HTTP port. */
  readonly scrape?: "rpc" | "http";
  /** Which shape of a chain's TOML the relayer reads. */
  readonly configShape?: "bare" | "wrapped";
  readonly limits: PluginLimits;
  /** What becomes of the node when the plugin does not start. */
  readonly onBootFailure: OnBootFailure;
  /** `false`: it is never restarted. */
  readonly restart: Partial<RestartPolicy> | false;
  /** `false`: its health is not checked. */
  readonly health: Partial<HealthOptions> | false;
  /** Options by transport kind, not checked yet: the transport's schema does that. */
  readonly options: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Where each of the above came from, by its dotted name: `transport`, `env.FOO`, `process.runtime`. */
  readonly origins: ReadonlyMap<string, Origin>;
}

export interface PluginLimits {
  readonly startTimeoutMs?: number;
  readonly stopGraceMs?: number;
  readonly callTimeoutMs?: number;
  readonly maxMessageBytes?: number;
}
