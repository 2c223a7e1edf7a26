/** The relayer kind: plugins that connect to a chain, and the providers that they make for single contracts. */
import type { JsonObject } from "@bufbuild/protobuf";
import type { Routes } from "../../../transports/connection.ts";
import type { ContractReader } from "../contract-reader/types.ts";
import type { ContractWriter } from "../contract-writer/types.ts";
import type { Head } from "../head.ts";
import type { Keystore } from "../keystore/types.ts";
import type { MedianProvider } from "../median-provider/types.ts";
import type { ConfigProvider, PluginProvider } from "../provider/types.ts";
import type { CallOptions, Service } from "../types.ts";

/** `loop.PluginRelayer`: the root of a relayer plugin. */
export interface PluginRelayer extends Service {
  /**
   * @param config the chain's table in TOML
   * @param keystore signs with the chain's keys; they never leave the host
   */
  newRelayer(config: string, keystore: Keystore, options?: NewRelayerOptions): Promise<Relayer>;
}

export interface NewRelayerOptions extends CallOptions {
  /** Signs with the node's identity (CSA) key. Hosts from before June 2025 offer none. A host's default: an empty keystore. */
  readonly csaKeystore?: Keystore;
}

/**
 * `loop.Relayer`. A relayer may leave out the optional methods: calls of them are answered with Unimplemented and the method's
 * name. A relayer's client has all methods; its Unimplemented errors begin with what is not supported.
 */
export interface Relayer extends Service {
  newConfigProvider(args: RelayArgs, options?: CallOptions): Promise<ConfigProvider>;
  /** @throws ConnectError Unimplemented when the relayer has no support for median */
  newMedianProvider(relayArgs: RelayArgs, pluginArgs: PluginArgs, options?: CallOptions): Promise<MedianProvider>;
  /** For the products of generic plugins: provider type `plugin`. */
  newPluginProvider?(relayArgs: RelayArgs, pluginArgs: PluginArgs, options?: CallOptions): Promise<PluginProvider>;
  /** @param config JSON that the relayer defines */
  newContractReader?(config: Uint8Array, options?: CallOptions): Promise<ContractReader & Service>;
  /** @param config JSON that the relayer defines */
  newContractWriter?(config: Uint8Array, options?: CallOptions): Promise<ContractWriter & Service>;
  /** Since July 2025. */
  newCcipProvider?(args: CcipProviderArgs, options?: CallOptions): Promise<CcipProvider>;
  latestHead(options?: CallOptions): Promise<Head>;
  /** Since March 2026. */
  finalizedHead?(options?: CallOptions): Promise<Head>;
  chainStatus(options?: CallOptions): Promise<ChainStatus>;
  /** Since June 2025. */
  chainInfo?(options?: CallOptions): Promise<ChainInfo>;
  nodeStatuses(page: { size: number; token: string }, options?: CallOptions): Promise<NodeStatusPage>;
  /** Sends the chain's native coin from an account of the keystore. */
  transact?(transaction: Transaction, options?: CallOptions): Promise<void>;
  /**
   * Reads the chain's events again. Since March 2025.
   * @param fromBlock the first block, in the chain's format
   * @param args are defined by the chain
   */
  replay?(fromBlock: string, args: JsonObject, options?: CallOptions): Promise<void>;
}

export interface RelayArgs {
  /** A UUID; 16 bytes on the wire. */
  readonly externalJobId: string;
  /** int32 */
  readonly jobId: number;
  readonly contractId: string;
  readonly isNew: boolean;
  /** JSON that the relayer defines. */
  readonly relayConfig: Uint8Array;
}

export interface PluginArgs {
  /** The account that transmits, in the chain's format. */
  readonly transmitterId: string;
  /** JSON that the product defines. */
  readonly pluginConfig: Uint8Array;
}

export interface ChainStatus {
  readonly id: string;
  readonly enabled: boolean;
  /** TOML */
  readonly config: string;
}

export interface ChainInfo {
  /** Such as `evm`. */
  readonly familyName: string;
  readonly chainId: string;
  /** Such as `ethereum`. */
  readonly networkName: string;
  /** Such as `ethereum-mainnet`. */
  readonly networkNameFull: string;
}

export interface Transaction {
  readonly from: string;
  readonly to: string;
  /** In the chain's smallest unit. */
  readonly amount: bigint;
  /** Whether to refuse an amount that the account cannot pay. */
  readonly balanceCheck: boolean;
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

export interface CcipProviderArgs {
  /** A UUID; 16 bytes on the wire. */
  readonly externalJobId: string;
  readonly contractReaderConfig: Uint8Array;
  readonly chainWriterConfig: Uint8Array;
  readonly offRampAddress: Uint8Array;
  /** uint32 */
  readonly pluginType: number;
  readonly syncedAddresses: ReadonlyMap<string, Uint8Array>;
  readonly transmitterAddress: string;
  /** A broker id; 0 for none. */
  readonly extraDataCodecBundleId: number;
}

/** A provider of services that this project does not know. Its client carries its connection and has no routes. */
export interface CcipProvider extends Service {
  /** Registers all its services but `loop.Service`. */
  readonly routes?: Routes;
}
