/** What all LOOP plugin kinds share: call options, services, and the types of OCR2. */

/** Options of every call, on every transport. Both may be given; whichever ends first ends the call. */
export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Milliseconds. */
  readonly timeoutMs?: number;
}

/** `loop.Service`: what every object that can be closed answers. */
export interface Service {
  /** The component's dotted logger name, such as `PluginMedian.MedianFactory`. */
  name(): string;
  /** @throws Error while the service cannot work, with the reason as its message */
  ready(options?: CallOptions): Promise<void>;
  /** Maps component names to error texts; an empty string means healthy. */
  healthReport(options?: CallOptions): Promise<ReadonlyMap<string, string>>;
  close(options?: CallOptions): Promise<void>;
}

/** 32 bytes that identify one OCR2 config of one contract. All zero means that there is no config yet. */
export type ConfigDigest = Uint8Array;

/** Logical time of a report, ordered by epoch, then round. (0, 0) is before everything. */
export interface ReportTimestamp {
  readonly configDigest: ConfigDigest;
  /** uint32 */
  readonly epoch: number;
  /** uint8 */
  readonly round: number;
}

export interface ReportContext {
  readonly reportTimestamp: ReportTimestamp;
  /** 32 bytes that bind the query and the observations of the round. */
  readonly extraHash: Uint8Array;
}

export interface AttributedOnchainSignature {
  readonly signature: Uint8Array;
  /** Index of the oracle that signed, uint8. */
  readonly signer: number;
}

/** An OCR2 config as the contract holds it. */
export interface ContractConfig {
  readonly configDigest: ConfigDigest;
  readonly configCount: bigint;
  readonly signers: readonly Uint8Array[];
  /** Account names in the chain's format. */
  readonly transmitters: readonly string[];
  /** Oracles that may be faulty, uint8. */
  readonly f: number;
  readonly onchainConfig: Uint8Array;
  /** 2 for OCR2. */
  readonly offchainConfigVersion: bigint;
  readonly offchainConfig: Uint8Array;
}
