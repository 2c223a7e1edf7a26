/** What the author of a product writes, and what the product gets. */
import type { Connection } from "../../../transports/connection.ts";
import type { StandardSchemaV1 } from "../../../transports/options/standard-schema.ts";
import type { Logger, Metrics } from "../../../transports/plugin.ts";
import type { AttributedObservation, ReportingPluginConfig, ReportingPluginLimits } from "../reporting-plugin/types.ts";
import type { CompleteFactoryArgs, ReportingPluginServiceConfig } from "../reporting-plugin-service/types.ts";
import type { CallOptions, ReportTimestamp } from "../types.ts";

type Awaitable<T> = T | Promise<T>;

/**
 * A product for OCR2. All oracles must make the same report of the same observations, so `report` must not use anything that
 * differs between oracles, such as a clock, a random number, or stored values.
 */
export interface ReportingPluginDefinition<Config = unknown, Offchain = undefined, State = undefined> {
  /** The name in health reports and in the plugin's info: `[A-Za-z0-9._-]+`. */
  readonly name: string;
  /** Longest query, observation and report, in bytes; fixed, or computed from the contract's config. Longer ones are errors. */
  readonly limits:
    | ReportingPluginLimits
    | ((context: OracleContext<Config, Offchain>) => Awaitable<ReportingPluginLimits>);
  /** Whether no two reports are equal. Default false. */
  readonly uniqueReports?: boolean;
  /**
   * Checks the job's table `pluginConfig`, when a factory is made and when a host validates a job before it creates the job.
   * Any Standard Schema. The table also contains Chainlink's keys (`command`, `pluginName`, ...). Default: any JSON object.
   */
  readonly config?: StandardSchemaV1<unknown, Config>;
  /** Decodes the product's part of the contract's config. If it throws, the config is refused. Default: nothing. */
  readonly offchainConfig?: (config: ReportingPluginConfig) => Offchain;
  /** Makes the state that the rounds of one config share. Default: nothing. */
  readonly create?: (context: OracleContext<Config, Offchain>) => Awaitable<State>;
  /** The leader's query in a round. Default: empty. */
  readonly query?: (round: Round<Config, Offchain, State>) => Awaitable<Uint8Array>;
  /** What this oracle observes. An oracle whose observation fails does not take part in the round. */
  readonly observation: (round: Round<Config, Offchain, State>, query: Uint8Array) => Awaitable<Uint8Array>;
  /**
   * The report on the observations, of which there are at least 2f + 1; up to f of them may contain anything.
   * @returns `undefined` when there is nothing to report in this round
   */
  readonly report: (
    round: Round<Config, Offchain, State>,
    query: Uint8Array,
    observations: readonly AttributedObservation[],
  ) => Awaitable<Uint8Array | undefined>;
  /** Whether a signed report should be transmitted. Default: when it is newer than all reports accepted before. */
  readonly shouldAcceptFinalizedReport?: (
    round: Round<Config, Offchain, State>,
    report: Uint8Array,
  ) => Awaitable<boolean>;
  /**
   * Whether an accepted report should still be transmitted when it is this oracle's turn. Default: unless the contract is at a
   * later epoch of the same config.
   */
  readonly shouldTransmitAcceptedReport?: (
    round: Round<Config, Offchain, State>,
    report: Uint8Array,
  ) => Awaitable<boolean>;
  /** Closes what `create` has made. */
  readonly close?: (state: State) => Awaitable<void>;
}

/** What a product gets from its host and its job. What the host does not have rejects with Unimplemented. */
export interface ProductContext<Config> extends Omit<CompleteFactoryArgs, "config"> {
  readonly config: Config;
  /** The job's other settings for the plugin. */
  readonly job: ReportingPluginServiceConfig;
  /** The provider's connection, for clients of services that `provider` does not have. */
  readonly connection: Connection;
  readonly log: Logger;
  /** All jobs share a metric of the same name: add a label to tell the jobs apart. */
  readonly metrics: Metrics;
  /** Aborts when the plugin must end. */
  readonly signal: AbortSignal;
}

/** What a product gets from its host, its job and the contract's config. */
export interface OracleContext<Config, Offchain> extends ProductContext<Config> {
  readonly oracle: ReportingPluginConfig;
  readonly offchain: Offchain;
}

/** What a product gets in a round. */
export interface Round<Config, Offchain, State> extends OracleContext<Config, Offchain> {
  readonly state: State;
  readonly timestamp: ReportTimestamp;
  /** The round's deadline. Pass it on to every call. */
  readonly options: CallOptions;
}
