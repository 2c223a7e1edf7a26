/** What the author of a product writes, and what the product is given. */

import type { Connection } from "../../../transports/connection.ts";
import type { StandardSchemaV1 } from "../../../transports/options/standard-schema.ts";
import type { Logger, Metrics } from "../../../transports/plugin.ts";
import type { AttributedObservation, ReportingPluginConfig, ReportingPluginLimits } from "../reporting-plugin/types.ts";
import type { CompleteFactoryArgs, ReportingPluginServiceConfig } from "../reporting-plugin-service/types.ts";
import type { CallOptions, ReportTimestamp } from "../types.ts";

type Awaitable<T> = T | Promise<T>;

/**
 * A product for OCR2. All oracles must come to the same report from the same observations: `report` may use nothing that
 * differs between them, such as a clock, a random number, or what one oracle has stored.
 */
export interface ReportingPluginDefinition<Config = unknown, Offchain = undefined, State = undefined> {
  /** In health reports and in the plugin's info: `[A-Za-z0-9._-]+`. */
  readonly name: string;
  /** Longest query, observation and report, in bytes; fixed, or by the contract's config. What is longer is an error. */
  readonly limits:
    | ReportingPluginLimits
    | ((context: OracleContext<Config, Offchain>) => Awaitable<ReportingPluginLimits>);
  /** Whether no two reports are alike. Default false. */
  readonly uniqueReports?: boolean;
  /**
   * Checks the job's table `pluginConfig`, when a factory is made and when a host asks before there is a job: any Standard
   * Schema. Chainlink's own keys (`command`, `pluginName`, ...) are in the table, too. Default: anything that is JSON.
   */
  readonly config?: StandardSchemaV1<unknown, Config>;
  /** Decodes the product's part of the contract's config. What it throws refuses the config. Default: nothing. */
  readonly offchainConfig?: (config: ReportingPluginConfig) => Offchain;
  /** Makes what the rounds of one config share. Default: nothing. */
  readonly create?: (context: OracleContext<Config, Offchain>) => Awaitable<State>;
  /** The leader's question in a round. Default: empty. */
  readonly query?: (round: Round<Config, Offchain, State>) => Awaitable<Uint8Array>;
  /** What this oracle sees. An oracle whose observation fails has no part in the round. */
  readonly observation: (round: Round<Config, Offchain, State>, query: Uint8Array) => Awaitable<Uint8Array>;
  /**
   * The report on the observations, of which there are at least 2f + 1; up to f of them may be anything at all.
   * @returns `undefined` when there is nothing to report in this round
   */
  readonly report: (
    round: Round<Config, Offchain, State>,
    query: Uint8Array,
    observations: readonly AttributedObservation[],
  ) => Awaitable<Uint8Array | undefined>;
  /** Whether a report that has its signatures is worth transmitting. Default: when it is newer than those accepted before. */
  readonly shouldAcceptFinalizedReport?: (
    round: Round<Config, Offchain, State>,
    report: Uint8Array,
  ) => Awaitable<boolean>;
  /**
   * Whether an accepted report, now that it is this oracle's turn, still is. Default: unless the contract is at a later epoch of
   * the same config.
   */
  readonly shouldTransmitAcceptedReport?: (
    round: Round<Config, Offchain, State>,
    report: Uint8Array,
  ) => Awaitable<boolean>;
  /** Ends what `create` has made. */
  readonly close?: (state: State) => Awaitable<void>;
}

/** What a product has of its host and its job. What the host does not have is there, too, and rejects with Unimplemented. */
export interface ProductContext<Config> extends Omit<CompleteFactoryArgs, "config"> {
  readonly config: Config;
  /** What else the job says about the plugin. */
  readonly job: ReportingPluginServiceConfig;
  /** The provider's connection, for services that `provider` does not have: a client of any of them can be made of it. */
  readonly connection: Connection;
  readonly log: Logger;
  /** A metric of one name is the same for all jobs: give it a label to tell them apart. */
  readonly metrics: Metrics;
  /** Aborts when the plugin is to end. */
  readonly signal: AbortSignal;
}

/** What a product has of its host, its job and the contract's config. */
export interface OracleContext<Config, Offchain> extends ProductContext<Config> {
  readonly oracle: ReportingPluginConfig;
  readonly offchain: Offchain;
}

/** What a product has in a round. */
export interface Round<Config, Offchain, State> extends OracleContext<Config, Offchain> {
  readonly state: State;
  readonly timestamp: ReportTimestamp;
  /** The round's deadline. Hand it on to every call. */
  readonly options: CallOptions;
}
