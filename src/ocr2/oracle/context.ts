/** The context that the parts of an oracle share while it runs under one config. */
import type { PublicConfig } from "../config/public-config.ts";
import type { CallLimit } from "./deadline.ts";
import type { OracleEngineOptions, OracleEvent } from "./engine.ts";
import type { ReportingPluginHandle } from "./reporting-plugin-handle.ts";

export interface OracleContext
  extends Pick<OracleEngineOptions, "provider" | "keyring" | "localConfig" | "store" | "clock"> {
  readonly config: PublicConfig;
  /** This oracle's index in the config. */
  readonly oracleId: number;
  readonly plugin: ReportingPluginHandle;
  /** Ends the oracle. */
  readonly signal: AbortSignal;
  emit(event: OracleEvent): void;
}

/** @param call of the reporting plugin; the config's limit is named after it */
export function limitOf(call: string, limitMs: number): CallLimit {
  return { what: `${call} (maxDuration${call})`, limitMs };
}

/** Limit for one access to the store. */
export function storeLimit({ localConfig, clock, signal }: OracleContext, what: string) {
  return { what: `${what} (databaseTimeout)`, limitMs: localConfig.databaseTimeoutMs, clock, signal };
}
