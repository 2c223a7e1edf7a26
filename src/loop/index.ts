/**
 * For those who write a plugin of one of Chainlink's kinds, or call one: its handshake, the interfaces to implement, what
 * serves an implementation from a plugin's `setup`, and what calls it from a host.
 */

export type { CallTarget } from "./connection.ts";
export type { DataSource } from "./data-source/types.ts";
export type { ErrorLog } from "./error-log/types.ts";
export { medianHandshake, relayerHandshake } from "./handshakes.ts";
export type { Keystore } from "./keystore/types.ts";
export { createPluginMedianClient } from "./median/client.ts";
export { servePluginMedian } from "./median/server.ts";
export type {
  MedianContract,
  MedianFactoryArgs,
  MedianProvider,
  OnchainConfig,
  OnchainConfigCodec,
  ParsedAttributedObservation,
  PluginMedian,
  ReportCodec,
  RoundRequested,
  TransmissionDetails,
} from "./median/types.ts";
export { createPluginRelayerClient } from "./relayer/client.ts";
export { servePluginRelayer } from "./relayer/server.ts";
export type {
  ChainStatus,
  ConfigProvider,
  ContractConfigTracker,
  ContractTransmitter,
  Head,
  NewRelayerOptions,
  NodeStatus,
  NodeStatusPage,
  OffchainConfigDigester,
  PluginArgs,
  PluginProvider,
  PluginRelayer,
  RelayArgs,
  Relayer,
} from "./relayer/types.ts";
export type {
  AttributedObservation,
  ReportingPlugin,
  ReportingPluginConfig,
  ReportingPluginFactory,
  ReportingPluginInfo,
  ReportingPluginLimits,
} from "./reporting-plugin/types.ts";
export type {
  AttributedOnchainSignature,
  CallOptions,
  ConfigDigest,
  ContractConfig,
  ReportContext,
  ReportTimestamp,
  Service,
} from "./types.ts";
