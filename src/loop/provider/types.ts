/** What a relayer serves on one contract: its OCR2 config, and the way for reports to get there. */
import type { Codec } from "../codec/types.ts";
import type { ContractReader } from "../contract-reader/types.ts";
import type {
  AttributedOnchainSignature,
  CallOptions,
  ConfigDigest,
  ContractConfig,
  ReportContext,
  Service,
} from "../types.ts";

/** What reads a contract's OCR2 config. */
export interface ConfigProvider extends Service {
  readonly offchainConfigDigester: OffchainConfigDigester;
  readonly contractConfigTracker: ContractConfigTracker;
}

/**
 * What serves one product on one contract. A relayer that has a contract reader or a codec for its products offers them here;
 * the client of a provider has none, because only a call shows whether the other side does. There, make one of the connection.
 */
export interface PluginProvider extends ConfigProvider {
  readonly contractTransmitter: ContractTransmitter;
  readonly contractReader?: ContractReader;
  readonly codec?: Codec;
}

export interface OffchainConfigDigester {
  /** Computes the digest that the contract must have computed itself. */
  configDigest(config: ContractConfig, options?: CallOptions): Promise<ConfigDigest>;
  /** The first two bytes of every digest on this chain, as a number: 1 for EVM. */
  configDigestPrefix(options?: CallOptions): Promise<number>;
}

export interface ContractConfigTracker {
  latestConfigDetails(options?: CallOptions): Promise<{ changedInBlock: bigint; configDigest: ConfigDigest }>;
  latestConfig(changedInBlock: bigint, options?: CallOptions): Promise<ContractConfig>;
  latestBlockHeight(options?: CallOptions): Promise<bigint>;
}

export interface ContractTransmitter {
  transmit(
    context: ReportContext,
    report: Uint8Array,
    signatures: readonly AttributedOnchainSignature[],
    options?: CallOptions,
  ): Promise<void>;
  latestConfigDigestAndEpoch(options?: CallOptions): Promise<{ configDigest: ConfigDigest; epoch: number }>;
  /** The account that transmits. */
  fromAccount(options?: CallOptions): Promise<string>;
}
