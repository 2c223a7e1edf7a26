/** What a relayer serves for one contract: its OCR2 config, and the transmission of reports. */
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

/** Reads a contract's OCR2 config. */
export interface ConfigProvider extends Service {
  readonly offchainConfigDigester: OffchainConfigDigester;
  readonly contractConfigTracker: ContractConfigTracker;
}

/**
 * Serves one product for one contract. A relayer with a contract reader or a codec offers them here. A provider's client has
 * neither, because only a call shows whether the other side has them: make a client from its connection instead.
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
