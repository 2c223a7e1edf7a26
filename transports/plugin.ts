/**
 * All that a plugin author sees: `definePlugin`, and what a plugin is given when it is set up. A plugin module has a
 * plugin as its default export and does not know which transport it runs on.
 */

import type { Broker } from "./broker.ts";
import type { Routes } from "./connection.ts";
import type { CallSite } from "./logs/call-site.ts";
import type { StandardSchemaV1 } from "./options/standard-schema.ts";

export interface PluginModule<Config = unknown> {
  /** How host and plugin recognise each other. Default: {@link defaultHandshake}. Must equal the host's. */
  readonly handshake?: Handshake;
  /** Checks the config before `setup` sees it: any Standard Schema (zod, valibot, arktype, ...). */
  readonly config?: StandardSchemaV1<unknown, Config>;
  /**
   * Whether the plugin keeps nothing between calls that a later call needs. Only then can a worker run it on several threads, each of which
   * sets it up and answers some of the calls; it has no broker there. @default false
   */
  readonly stateless?: boolean;
  /** The plugin's version, for the metric of that name. Default: "unset", as in Chainlink's programs. */
  readonly version?: string;
  /** Sets the plugin up. It is ready for calls when this resolves. */
  setup(context: PluginContext<Config>): Served | Promise<Served>;
}

export interface PluginContext<Config = unknown> {
  readonly config: Config;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly broker: Broker;
  /** Aborts when the plugin is to end. */
  readonly signal: AbortSignal;
  /** The application protocol version that host and plugin agreed on. */
  readonly protocolVersion: number;
}

export interface Served {
  /** The services on the plugin's main connection. */
  readonly routes: Routes;
  /** What the plugin is called, and how it is, for its log and its metrics. The plugin of every LOOP kind has it. */
  readonly service?: ServedService;
  /** Called once when the plugin shuts down gracefully. It has the host's grace period, not more. */
  dispose?(): void | Promise<void>;
}

export interface ServedService {
  /** A dotted logger name, such as `PluginMedian`. */
  name(): string;
  /** Names of components, and why each is not well: an empty text where it is. Asked for each scrape of the metrics, which waits a second. */
  healthReport(): Promise<ReadonlyMap<string, string>>;
}

/** go-plugin's handshake: not a secret, only a way to tell a plugin from any other program. */
export interface Handshake {
  /** Name of the environment variable that carries the cookie. */
  readonly cookieKey: string;
  readonly cookieValue: string;
  /** Application protocol versions that this side speaks, in any order; the highest common one is used. */
  readonly protocolVersions: readonly number[];
}

export const defaultHandshake: Handshake = {
  cookieKey: "LOOPP_PLUGIN",
  cookieValue: "d2c7a1c6-1d0b-4c2e-9a53-6f0d8f5a7b21",
  protocolVersions: [1],
};

export interface Logger {
  trace(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds `fields` to every line. */
  with(fields: LogFields): Logger;
}

export type LogFields = Readonly<Record<string, unknown>>;
export type LogLevel = "trace" | "debug" | "info" | "warn" | "error";

/** A line of a log. Where in the code it was written is known of lines of `log`, and of the lines of other languages that say it. */
export interface LogEntry extends CallSite {
  readonly level: LogLevel;
  readonly message: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly fields: LogFields;
  /** Where the line came from: the plugin's `log`, its console, raw output, or the host speaking about the plugin. */
  readonly source: "log" | "console" | "stdout" | "stderr" | "host";
}

/** Makes metrics that appear at `/plugins/<name>/metrics` of the node. Names and labels are Prometheus's. */
export interface Metrics {
  counter<Label extends string = never>(options: MetricOptions<Label>): Counter<Label>;
  gauge<Label extends string = never>(options: MetricOptions<Label>): Gauge<Label>;
  histogram<Label extends string = never>(
    options: MetricOptions<Label> & { readonly buckets?: readonly number[] },
  ): Histogram<Label>;
}

export interface MetricOptions<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly Label[];
}

export type Labels<Label extends string> = { readonly [L in Label]: string | number };
export interface Counter<Label extends string> {
  inc(labels?: Labels<Label>, by?: number): void;
}
export interface Gauge<Label extends string> {
  set(value: number, labels?: Labels<Label>): void;
}
export interface Histogram<Label extends string> {
  observe(value: number, labels?: Labels<Label>): void;
}

/** Declares a plugin. It only gives the object its type, so that `config` in `setup` has what the schema makes of it. */
export function definePlugin<Config = unknown>(plugin: PluginModule<Config>): PluginModule<Config> {
  return plugin;
}
