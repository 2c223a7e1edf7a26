/** The OCR2 reporting plugin: the product's part of the oracle protocol. A new one is made for every config. */
import type { CallOptions, ConfigDigest, ReportTimestamp, Service } from "../types.ts";

export interface ReportingPluginFactory extends Service {
  newReportingPlugin(
    config: ReportingPluginConfig,
    options?: CallOptions,
  ): Promise<{ plugin: ReportingPlugin; info: ReportingPluginInfo }>;
}

export interface ReportingPluginConfig {
  readonly configDigest: ConfigDigest;
  /** Index of this oracle. */
  readonly oracleId: number;
  readonly n: number;
  readonly f: number;
  readonly onchainConfig: Uint8Array;
  /** The product's part of the offchain config. */
  readonly offchainConfig: Uint8Array;
  /** Milliseconds, like all durations here; nanoseconds on the wire. */
  readonly estimatedRoundIntervalMs: number;
  readonly maxDurationQueryMs: number;
  readonly maxDurationObservationMs: number;
  readonly maxDurationReportMs: number;
  readonly maxDurationShouldAcceptFinalizedReportMs: number;
  readonly maxDurationShouldTransmitAcceptedReportMs: number;
}

export interface ReportingPluginInfo {
  readonly name: string;
  /** Whether two different reports for one (epoch, round) must be impossible; false for median. */
  readonly uniqueReports: boolean;
  readonly limits: ReportingPluginLimits;
}

/** Lengths in bytes. */
export interface ReportingPluginLimits {
  readonly maxQueryLength: number;
  readonly maxObservationLength: number;
  readonly maxReportLength: number;
}

export interface AttributedObservation {
  readonly observation: Uint8Array;
  /** Oracle index, uint8. */
  readonly observer: number;
}

export interface ReportingPlugin {
  query(timestamp: ReportTimestamp, options?: CallOptions): Promise<Uint8Array>;
  observation(timestamp: ReportTimestamp, query: Uint8Array, options?: CallOptions): Promise<Uint8Array>;
  /** @returns `undefined` when there is nothing to report in this round */
  report(
    timestamp: ReportTimestamp,
    query: Uint8Array,
    observations: readonly AttributedObservation[],
    options?: CallOptions,
  ): Promise<Uint8Array | undefined>;
  shouldAcceptFinalizedReport(timestamp: ReportTimestamp, report: Uint8Array, options?: CallOptions): Promise<boolean>;
  shouldTransmitAcceptedReport(timestamp: ReportTimestamp, report: Uint8Array, options?: CallOptions): Promise<boolean>;
  close(options?: CallOptions): Promise<void>;
}
