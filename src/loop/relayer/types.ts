/** The relayer kind: what speaks to one chain, and the providers that it makes for one contract each. */
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
  /** Signs with the node's own identity (CSA) key; hosts from before June 2025 offer none. Default on a host: an empty one. */
  readonly csaKeystore?: Keystore;
}

/**
 * `loop.Relayer`. What is optional here a relayer may leave out: it is answered with Unimplemented then, by name. The client
 * of a relayer has all of it, and passes the other side's Unimplemented on with what is not supported in front.
 */
export interface Relayer extends Service {
  newConfigProvider(args: RelayArgs, options?: CallOptions): Promise<ConfigProvider>;
  /** @throws ConnectError Unimplemented when the relayer has no support for median */
  newMedianProvider(relayArgs: RelayArgs, pluginArgs: PluginArgs, options?: CallOptions): Promise<MedianProvider>;
  /** For products of their own, plugins of the generic kind: provider type `plugin`. */
  newPluginProvider?(relayArgs: RelayArgs, pluginArgs: PluginArgs, options?: CallOptions): Promise<PluginProvider>;
  /** @param config JSON, the relayer's own */
  newContractReader?(config: Uint8Array, options?: CallOptions): Promise<ContractReader & Service>;
  /** @param config JSON, the relayer's own */
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
  /** Sends the chain's own coin from an account of the keystore. */
  transact?(transaction: Transaction, options?: CallOptions): Promise<void>;
  /**
   * Reads the chain's events again. Since March 2025.
   * @param fromBlock where to begin, in the chain's own spelling
   * @param args the chain's own
   */
  replay?(fromBlock: string, args: JsonObject, options?: CallOptions): Promise<void>;
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
  /** Whether to refuse what the account cannot pay. */
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
  /** A UUID in text form; 16 bytes on the wire. */
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

/** A provider of services that this project does not know. A client of one carries its connection, and no routes. */
export interface CcipProvider extends Service {
  /** Registers its services, `loop.Service` aside. */
  readonly routes?: Routes;
}
