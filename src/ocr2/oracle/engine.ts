/** What the node knows of an oracle engine: what it is made of, that it starts and stops, and what it tells. */

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
 * Makes an engine, which has yet to be started.
 * @throws RangeError when the local config is out of its bounds
 */
export type CreateOracleEngine = (options: OracleEngineOptions) => OracleEngine;

export interface OracleEngineOptions {
  /** What the relayer serves on the contract. A call may fail with Unavailable while it is made again. */
  readonly provider: PluginProvider;
  /** The product. */
  readonly factory: ReplaceableFactory;
  readonly keyring: OracleKeyring;
  readonly localConfig: LocalConfig;
  /** How the other oracles are reached. An oracle that is alone has no use for it. */
  readonly network?: OracleNetwork;
  /** Of this oracle on this contract alone: an engine that is made with it again goes on where the one before was. */
  readonly store: OracleStore;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Runs one oracle on one contract: follows its config and drives the reporting plugin through rounds. */
export interface OracleEngine {
  /** Begins in the background; neither chain nor plugins have to be reachable. Has no effect the second time. */
  start(): void;
  /** Ends what is under way and resolves when nothing of it is left. An engine is not started again. */
  stop(): Promise<void>;
  /**
   * Calls the listener for everything that happens from now on, in order.
   * @returns ends it
   */
  subscribe(listener: (event: OracleEvent) => void): () => void;
}

export type OracleEvent =
  /** A config is in force and this oracle has its place in it. */
  | {
      readonly type: "config-switched";
      readonly configDigest: ConfigDigest;
      readonly configCount: bigint;
      readonly oracleId: number;
      readonly n: number;
      readonly f: number;
    }
  /** The contract has a config that this oracle cannot run, whatever the plugin would say. It waits for another. */
  | { readonly type: "config-refused"; readonly configDigest: ConfigDigest; readonly error: Error }
  /** There is a reporting plugin, the first or a new one in place of one that has gone. */
  | { readonly type: "plugin-started"; readonly configDigest: ConfigDigest }
  | { readonly type: "round-started"; readonly timestamp: ReportTimestamp }
  | { readonly type: "observed"; readonly timestamp: ReportTimestamp; readonly observation: Uint8Array }
  /** The plugin made a report and this oracle signed it. */
  | { readonly type: "reported"; readonly timestamp: ReportTimestamp; readonly report: Uint8Array }
  | { readonly type: "accepted"; readonly timestamp: ReportTimestamp }
  | { readonly type: "transmitted"; readonly timestamp: ReportTimestamp }
  /** The plugin said no, which ends the report's way: nothing worth a report, not accepted, no longer to be transmitted. */
  | { readonly type: "declined"; readonly timestamp: ReportTimestamp; readonly phase: "report" | "accept" | "transmit" }
  /** Something went wrong. What it costs depends on the phase: a round, a report, or time. */
  | {
      readonly type: "failed";
      readonly phase: OraclePhase;
      /** Where it concerns one round. */
      readonly timestamp?: ReportTimestamp;
      readonly error: Error;
    };

export type OraclePhase = "config" | "store" | "plugin" | "query" | "observation" | "report" | "accept" | "transmit";
