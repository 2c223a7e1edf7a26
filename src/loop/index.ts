/**
 * For authors of plugins of Chainlink's kinds and of programs that call them: the handshakes, the interfaces to implement,
 * the functions that serve an implementation from a plugin's `setup`, and the clients that call it from a host.
 */

export { createCodecClient } from "./codec/client.ts";
export type { Codec, VersionedBytes } from "./codec/types.ts";
export { type CallTarget, connectionOf } from "./connection.ts";
export { createContractReaderClient } from "./contract-reader/client.ts";
export type * from "./contract-reader/types.ts";
export type * from "./contract-writer/types.ts";
export type { DataSource } from "./data-source/types.ts";
export { zeroDataSource } from "./data-source/zero.ts";
export type { ErrorLog } from "./error-log/types.ts";
export { genericHandshake, medianHandshake, relayerHandshake } from "./handshakes.ts";
export type { Head } from "./head.ts";
export type { KeyValueStore } from "./key-value-store/types.ts";
export type { Keystore } from "./keystore/types.ts";
export { createPluginMedianClient } from "./median/client.ts";
export { servePluginMedian } from "./median/server.ts";
export type { MedianFactoryArgs, PluginMedian } from "./median/types.ts";
export { createMedianProviderClient } from "./median-provider/client.ts";
export type {
  MedianContract,
  MedianProvider,
  OnchainConfig,
  OnchainConfigCodec,
  ParsedAttributedObservation,
  ReportCodec,
  RoundRequested,
  TransmissionDetails,
} from "./median-provider/types.ts";
export type { ExecuteRunOptions, PipelineRunner, PipelineValue, TaskResult } from "./pipeline-runner/types.ts";
export { defineReportingPlugin } from "./product/define.ts";
export type { OracleContext, ProductContext, ReportingPluginDefinition, Round } from "./product/types.ts";
export { createPluginProviderClient } from "./provider/client.ts";
export type {
  ConfigProvider,
  ContractConfigTracker,
  ContractTransmitter,
  OffchainConfigDigester,
  PluginProvider,
} from "./provider/types.ts";
export { createPluginRelayerClient } from "./relayer/client.ts";
export { servePluginRelayer } from "./relayer/server.ts";
export type {
  CcipProvider,
  CcipProviderArgs,
  ChainInfo,
  ChainStatus,
  NewRelayerOptions,
  NodeStatus,
  NodeStatusPage,
  PluginArgs,
  PluginRelayer,
  RelayArgs,
  Relayer,
  Transaction,
} from "./relayer/types.ts";
export type {
  AttributedObservation,
  ReportingPlugin,
  ReportingPluginConfig,
  ReportingPluginFactory,
  ReportingPluginInfo,
  ReportingPluginLimits,
} from "./reporting-plugin/types.ts";
export { createReportingPluginServiceClient } from "./reporting-plugin-service/client.ts";
export { serveReportingPluginService } from "./reporting-plugin-service/server.ts";
export type {
  CompleteFactoryArgs,
  ReportingPluginFactoryArgs,
  ReportingPluginService,
  ReportingPluginServiceClient,
  ReportingPluginServiceConfig,
} from "./reporting-plugin-service/types.ts";
export type { Telemetry, TelemetryMessage } from "./telemetry/types.ts";
export type {
  AttributedOnchainSignature,
  CallOptions,
  ConfigDigest,
  ContractConfig,
  ReportContext,
  ReportTimestamp,
  Service,
} from "./types.ts";
export type { ValidationService } from "./validation/types.ts";
