/** The oracle engine as the node sees it: its options, its start and stop, and its events. */

import type { Logger } from "../../../transports/plugin.ts";
import type { Clock } from "../../../transports/time/clock.ts";
import type { PluginProvider } from "../../loop/provider/types.ts";
import type { ConfigDigest, ReportTimestamp } from "../../loop/types.ts";
import type { LocalConfig } from "../config/local-config.ts";
import type { OracleKeyring } from "../keys/keyring.ts";
import type { OracleNetwork } from "../network.ts";
import type { OracleStore } from "../store.ts";
import type { ReplaceableFactory } from "./replaceable-factory.ts";

/**
 * Makes an engine, which is not started yet.
 * @throws RangeError when the local config is out of its bounds
 */
export type CreateOracleEngine = (options: OracleEngineOptions) => OracleEngine;

export interface OracleEngineOptions {
  /** The relayer's provider for the contract. A call may fail with Unavailable while the provider is made again. */
  readonly provider: PluginProvider;
  /** Makes the product's reporting plugins. */
  readonly factory: ReplaceableFactory;
  readonly keyring: OracleKeyring;
  readonly localConfig: LocalConfig;
  /** Connects to the other oracles. An engine for a single oracle does not need it. */
  readonly network?: OracleNetwork;
  /** Only for this oracle on this contract. A new engine with the same store continues where the last one ended. */
  readonly store: OracleStore;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Runs one oracle on one contract: follows its config and drives the reporting plugin through rounds. */
export interface OracleEngine {
  /** Begins in the background; neither chain nor plugins have to be reachable. Has no effect the second time. */
  start(): void;
  /** Ends everything and resolves when nothing runs any more. A stopped engine cannot be started again. */
  stop(): Promise<void>;
  /**
   * Calls the listener for all further events, in order.
   * @returns removes the listener
   */
  subscribe(listener: (event: OracleEvent) => void): () => void;
}

export type OracleEvent =
  /** A config is in force, and this oracle is part of it. */
  | {
      readonly type: "config-switched";
      readonly configDigest: ConfigDigest;
      readonly configCount: bigint;
      readonly oracleId: number;
      readonly n: number;
      readonly f: number;
      /** Time from the begin of a round to the next. */
      readonly deltaRoundMs: number;
      /** The product's part of the config. */
      readonly reportingPluginConfig: Uint8Array;
    }
  /** The contract has a config that this oracle cannot run. It waits for another. */
  | { readonly type: "config-refused"; readonly configDigest: ConfigDigest; readonly error: Error }
  /** There is a reporting plugin: the first one, or one that replaces another. */
  | { readonly type: "plugin-started"; readonly configDigest: ConfigDigest }
  | { readonly type: "round-started"; readonly timestamp: ReportTimestamp }
  | { readonly type: "observed"; readonly timestamp: ReportTimestamp; readonly observation: Uint8Array }
  /** The plugin made a report and this oracle signed it. */
  | { readonly type: "reported"; readonly timestamp: ReportTimestamp; readonly report: Uint8Array }
  | { readonly type: "accepted"; readonly timestamp: ReportTimestamp }
  | { readonly type: "transmitted"; readonly timestamp: ReportTimestamp }
  /** The plugin declined, so the round ends: there is nothing to report, or the report is not to be accepted or transmitted. */
  | { readonly type: "declined"; readonly timestamp: ReportTimestamp; readonly phase: "report" | "accept" | "transmit" }
  /** Something failed. Depending on the phase, a round or a report is lost, or time. */
  | {
      readonly type: "failed";
      readonly phase: OraclePhase;
      /** Present where one round is concerned. */
      readonly timestamp?: ReportTimestamp;
      readonly error: Error;
    };

export type OraclePhase = "config" | "store" | "plugin" | "query" | "observation" | "report" | "accept" | "transmit";
