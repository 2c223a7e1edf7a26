/** What a relayer serves to the median product on one contract. */
import type { PluginProvider } from "../provider/types.ts";
import type { CallOptions, ConfigDigest } from "../types.ts";

/** What a relayer serves to the median product on one contract. */
export interface MedianProvider extends PluginProvider {
  readonly reportCodec: ReportCodec;
  readonly medianContract: MedianContract;
  readonly onchainConfigCodec: OnchainConfigCodec;
}

export interface ParsedAttributedObservation {
  /** Seconds since 1970, uint32. */
  readonly timestamp: number;
  readonly value: bigint;
  readonly juelsPerFeeCoin: bigint;
  readonly gasPriceSubunits: bigint;
  /** Oracle index, uint8. */
  readonly observer: number;
}

/** Encodes and decodes reports as the chain's contract reads them. */
export interface ReportCodec {
  buildReport(observations: readonly ParsedAttributedObservation[], options?: CallOptions): Promise<Uint8Array>;
  medianFromReport(report: Uint8Array, options?: CallOptions): Promise<bigint>;
  /** Length in bytes of the longest report with `n` observations. */
  maxReportLength(n: number, options?: CallOptions): Promise<number>;
}

export interface MedianContract {
  latestTransmissionDetails(options?: CallOptions): Promise<TransmissionDetails>;
  /** @param lookbackMs how far back a request still counts, in milliseconds (nanoseconds on the wire) */
  latestRoundRequested(lookbackMs: number, options?: CallOptions): Promise<RoundRequested>;
}

export interface TransmissionDetails {
  readonly configDigest: ConfigDigest;
  readonly epoch: number;
  readonly round: number;
  readonly latestAnswer: bigint;
  /** Milliseconds since 1970. */
  readonly latestTimestamp: number;
}

/** All zero when no round was requested. */
export interface RoundRequested {
  readonly configDigest: ConfigDigest;
  readonly epoch: number;
  readonly round: number;
}

/** Bounds of the answer, int192 each. */
export interface OnchainConfig {
  readonly min: bigint;
  readonly max: bigint;
}

export interface OnchainConfigCodec {
  encode(config: OnchainConfig, options?: CallOptions): Promise<Uint8Array>;
  decode(encoded: Uint8Array, options?: CallOptions): Promise<OnchainConfig>;
}
