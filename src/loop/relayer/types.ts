/** The relayer kind: what speaks to one chain, and the providers that it makes for one contract each. */
import type { Keystore } from "../keystore/types.ts";
import type { MedianProvider } from "../median/types.ts";
import type {
  AttributedOnchainSignature,
  CallOptions,
  ConfigDigest,
  ContractConfig,
  ReportContext,
  Service,
} from "../types.ts";

/** `loop.PluginRelayer`: the root of a relayer plugin. */
export interface PluginRelayer extends Service {
  /**
   * @param config the chain's table in TOML
   * @param keystore signs with the chain's keys; they never leave the host
   */
  newRelayer(config: string, keystore: Keystore, options?: NewRelayerOptions): Promise<Relayer>;
}

export interface NewRelayerOptions extends CallOptions {
  /** Signs with the node's own identity (CSA) key; hosts from before June 2025 offer none. Default on a host: an empty one. */
  readonly csaKeystore?: Keystore;
}

/** `loop.Relayer` */
export interface Relayer extends Service {
  newConfigProvider(args: RelayArgs, options?: CallOptions): Promise<ConfigProvider>;
  /** @throws ConnectError Unimplemented when the relayer has no support for median */
  newMedianProvider(relayArgs: RelayArgs, pluginArgs: PluginArgs, options?: CallOptions): Promise<MedianProvider>;
  latestHead(options?: CallOptions): Promise<Head>;
  chainStatus(options?: CallOptions): Promise<ChainStatus>;
  nodeStatuses(page: { size: number; token: string }, options?: CallOptions): Promise<NodeStatusPage>;
}

export interface RelayArgs {
  /** A UUID in text form; 16 bytes on the wire. */
  readonly externalJobId: string;
  /** int32 */
  readonly jobId: number;
  readonly contractId: string;
  readonly isNew: boolean;
  /** JSON, the relayer's own. */
  readonly relayConfig: Uint8Array;
}

export interface PluginArgs {
  /** The account that transmits, in the chain's own spelling. */
  readonly transmitterId: string;
  /** JSON, the product's own. */
  readonly pluginConfig: Uint8Array;
}

export interface Head {
  /** Decimal. */
  readonly height: string;
  readonly hash: Uint8Array;
  /** Seconds since 1970. */
  readonly timestamp: bigint;
}

export interface ChainStatus {
  readonly id: string;
  readonly enabled: boolean;
  /** TOML */
  readonly config: string;
}

export interface NodeStatus {
  readonly chainId: string;
  readonly name: string;
  /** TOML */
  readonly config: string;
  readonly state: string;
}

export interface NodeStatusPage {
  readonly nodes: readonly NodeStatus[];
  readonly total: number;
  readonly nextPageToken: string;
}

/** What reads a contract's OCR2 config. */
export interface ConfigProvider extends Service {
  readonly offchainConfigDigester: OffchainConfigDigester;
  readonly contractConfigTracker: ContractConfigTracker;
}

/** What serves one product on one contract. */
export interface PluginProvider extends ConfigProvider {
  readonly contractTransmitter: ContractTransmitter;
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
