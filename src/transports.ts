/** For authors of transports: the contract, and the parts of the built-in transports. A transport is finished when it passes `transportSuite`. */

export type { Broker, BrokeredServer, DialOptions } from "../transports/broker.ts";
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
export type { Channel, ChannelListener, ControlMessage } from "../transports/link/channel.ts";
export { type LinkedGuest, launchOverLink } from "../transports/link/launch.ts";
export { serveOverLink } from "../transports/link/program.ts";
export { createStreamChannel, type StreamChannelOptions } from "../transports/link/stream-channel.ts";
export {
  andThen,
  anyText,
  anything,
  expected,
  flag,
  listOf,
  numberFrom,
  object,
  oneOf,
  recordOf,
  refusal,
  type Schema,
  schema,
  text,
} from "../transports/options/schema.ts";
export type { StandardIssue, StandardResult, StandardSchemaV1 } from "../transports/options/standard-schema.ts";
export { moduleOptions, transportOptions } from "../transports/options/transport-options.ts";
export type { Handshake, LogEntry } from "../transports/plugin.ts";
export { type Attachment, attachPlugin } from "../transports/process/attach.ts";
export { type HandshakeLine, parseHandshakeLine } from "../transports/process/handshake-line.ts";
export type { Address } from "../transports/process/sockets.ts";
export {
  defaultMaxMessageBytes,
  type ExitReason,
  type Launch,
  LaunchError,
  type PluginExit,
  type PluginFacts,
  type PluginInstance,
  type PluginSource,
  type PluginTransport,
  type TransportCapabilities,
  type TransportOptions,
} from "../transports/transport.ts";
