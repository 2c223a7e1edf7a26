/** loopp: runs plugins in-process, in worker threads or as processes, and calls them all alike. */

export type { Broker, BrokeredServer, DialOptions } from "../transports/broker.ts";
export { createClient } from "../transports/calls/client.ts";
export { findExit } from "../transports/calls/errors.ts";
export type {
  Answers,
  Called,
  CallSignal,
  Carrier,
  Connection,
  Metadata,
  Routes,
  StreamCall,
  StreamReply,
  UnaryCall,
  UnaryReply,
} from "../transports/connection.ts";
export type { InProcessOptions } from "../transports/in-process/index.ts";
export type { ProcessOptions } from "../transports/process/index.ts";
export type { Clock } from "../transports/time/clock.ts";
export {
  type ExitReason,
  LaunchError,
  type PluginExit,
  type PluginFacts,
  type PluginInstance,
  type PluginSource,
  type PluginTransport,
  type TransportCapabilities,
} from "../transports/transport.ts";
export * from "./plugin.ts";
export { createRuntime, type Runtime, type RuntimeOptions } from "./runtime/create-runtime.ts";
export type { FaultError, FaultRule, Faults } from "./runtime/faults.ts";
export type { SwitchOptions, SwitchReport } from "./runtime/handover.ts";
export type { PluginLogLine } from "./runtime/log.ts";
export type { CallKind, CallObserver, ObservedCall } from "./runtime/observed-calls.ts";
export type { HealthOptions, PluginOptions } from "./runtime/options.ts";
export type { ClientOptions, PluginHandle, PluginStatus } from "./runtime/plugin-handle.ts";
export type { InstanceContext, Resource, ResourceOptions } from "./runtime/resources.ts";
export type { RestartPolicy } from "./runtime/restart-policy.ts";
export type { PluginState, StateChange } from "./runtime/states.ts";
export { serve } from "./serve.ts";
