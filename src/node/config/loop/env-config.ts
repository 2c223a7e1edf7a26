/**
 * All settings that a node passes to plugins in other languages: chainlink-common's `loop.EnvConfig`. The schema of the file, the
 * environment of the plugins and the page about it are made from this table. Names and meanings are those of the Chainlink node's config
 * and secrets. Variables are set even when their feature is not in use: some versions of plugins exit at their start when one is missing.
 */
import {
  attributeNames,
  choice,
  collectorTarget,
  count,
  count32,
  duration,
  hex,
  hostAndPort,
  type Kind,
  type LoopValue,
  list,
  namesAndValues,
  onOff,
  path,
  postgresUrl,
  ratio,
  size,
  words,
} from "./kinds.ts";

export interface LoopSetting {
  /** Its key in the section, dotted where it is in a table of the section. Absent: the config cannot set it. */
  readonly key?: string;
  readonly kind: Kind;
  /**
   * The variable that passes it to plugins. One that ends in `*` is a variable for each entry of a table, whose name replaces the `*`.
   * Absent: it only affects another setting.
   */
  readonly variable?: string;
  /** Value when the config does not set it. Default: the kind's zero. */
  readonly unset?: LoopValue;
  /** Value when the config does not set it and the section is in use. Default: {@link LoopSetting.unset}. */
  readonly inUse?: LoopValue;
  /** The variable is left out when the config does not set it. */
  readonly leftOut?: true;
  /** It counts as not set when another setting of the section has this value. */
  readonly unless?: { readonly key: string; readonly is: LoopValue };
  /** The node reads the variable of the same name, which overrides the file. */
  readonly inEnvironment?: true;
  /** Its value is never shown. */
  readonly secret?: true;
  /** Text for the page of the docs. */
  readonly note?: string;
}

export interface LoopSection {
  /** The setting that turns the section's feature on. Absent: there is none. */
  readonly inUse?: string;
  /** The section's variables are left out when its feature is not in use. */
  readonly onlyInUse?: true;
  readonly settings: readonly LoopSetting[];
}

export const loopTable = {
  LOOPP: {
    settings: [
      {
        key: "GRPCServerMaxRecvMsgSize",
        kind: size,
        variable: "CL_GRPC_SERVER_MAX_RECV_MSG_SIZE",
        note: "longest message that a plugin accepts; 0: gRPC's default of 4 MiB",
      },
    ],
  },

  Feature: { settings: [{ key: "LogPoller", kind: onOff, variable: "CL_FEATURE_LOG_POLLER" }] },

  // Defaults are the Chainlink node's: zero would be no connections, and no time.
  Database: {
    inUse: "URL",
    onlyInUse: true,
    settings: [
      {
        key: "URL",
        kind: postgresUrl,
        variable: "CL_DATABASE_URL",
        inEnvironment: true,
        secret: true,
        note: "without it plugins get nothing of `[Database]`; better set by the variable, which overrides the file",
      },
      {
        key: "DefaultIdleInTxSessionTimeout",
        kind: duration,
        variable: "CL_DATABASE_IDLE_IN_TX_SESSION_TIMEOUT",
        inUse: "1h0m0s",
      },
      { key: "DefaultLockTimeout", kind: duration, variable: "CL_DATABASE_LOCK_TIMEOUT", inUse: "15s" },
      { key: "DefaultQueryTimeout", kind: duration, variable: "CL_DATABASE_QUERY_TIMEOUT", inUse: "10s" },
      // Spelt as the plugins do.
      {
        key: "Listener.FallbackPollInterval",
        kind: duration,
        variable: "CL_DATABASE_LISTNER_FALLBACK_POLL_INTERVAL",
        inUse: "30s",
      },
      { key: "LogQueries", kind: onOff, variable: "CL_DATABASE_LOG_SQL" },
      { key: "MaxOpenConns", kind: count, variable: "CL_DATABASE_MAX_OPEN_CONNS", inUse: 20 },
      { key: "MaxIdleConns", kind: count, variable: "CL_DATABASE_MAX_IDLE_CONNS", inUse: 10 },
      { kind: onOff, variable: "CL_DATABASE_TRACING_ENABLED" },
    ],
  },

  Mercury: {
    settings: [
      { key: "Cache.LatestReportDeadline", kind: duration, variable: "CL_MERCURY_CACHE_LATEST_REPORT_DEADLINE" },
      { key: "Cache.LatestReportTTL", kind: duration, variable: "CL_MERCURY_CACHE_LATEST_REPORT_TTL" },
      { key: "Cache.MaxStaleAge", kind: duration, variable: "CL_MERCURY_CACHE_MAX_STALE_AGE" },
      { key: "Transmitter.Protocol", kind: words, variable: "CL_MERCURY_TRANSMITTER_PROTOCOL" },
      // With two underscores, as the plugins have it.
      {
        key: "Transmitter.TransmitQueueMaxSize",
        kind: count32,
        variable: "CL_MERCURY_TRANSMITTER_TRANSMIT__QUEUE_MAX_SIZE",
      },
      {
        key: "Transmitter.TransmitConcurrency",
        kind: count32,
        variable: "CL_MERCURY_TRANSMITTER_TRANSMIT_CONCURRENCY",
      },
      { key: "Transmitter.TransmitTimeout", kind: duration, variable: "CL_MERCURY_TRANSMITTER_TRANSMIT_TIMEOUT" },
      { key: "Transmitter.ReaperFrequency", kind: duration, variable: "CL_MERCURY_TRANSMITTER_REAPER_FREQUENCY" },
      { key: "Transmitter.ReaperMaxAge", kind: duration, variable: "CL_MERCURY_TRANSMITTER_REAPER_MAX_AGE" },
      { key: "VerboseLogging", kind: onOff, variable: "CL_MERCURY_VERBOSE_LOGGING" },
    ],
  },

  Tracing: {
    settings: [
      { key: "Enabled", kind: onOff, variable: "CL_TRACING_ENABLED", note: "needs `CollectorTarget`" },
      {
        key: "CollectorTarget",
        kind: collectorTarget,
        variable: "CL_TRACING_COLLECTOR_TARGET",
        note: "where traces go, over OTLP",
      },
      { key: "SamplingRatio", kind: ratio, variable: "CL_TRACING_SAMPLING_RATIO" },
      { key: "Mode", kind: choice("tls", "unencrypted"), note: '`"unencrypted"` leaves the certificate out' },
      {
        key: "TLSCertPath",
        kind: path,
        variable: "CL_TRACING_TLS_CERT_PATH",
        unless: { key: "Mode", is: "unencrypted" },
      },
      { key: "Attributes", kind: namesAndValues, variable: "CL_TRACING_ATTRIBUTE_*", note: "on every span" },
    ],
  },

  Telemetry: {
    inUse: "Enabled",
    settings: [
      { key: "Enabled", kind: onOff, variable: "CL_TELEMETRY_ENABLED" },
      {
        key: "Endpoint",
        kind: hostAndPort,
        variable: "CL_TELEMETRY_ENDPOINT",
        note: "where metrics, traces and logs go, over OTLP",
      },
      { key: "InsecureConnection", kind: onOff, variable: "CL_TELEMETRY_INSECURE_CONNECTION" },
      { key: "CACertFile", kind: path, variable: "CL_TELEMETRY_CA_CERT_FILE" },
      { key: "ResourceAttributes", kind: namesAndValues, variable: "CL_TELEMETRY_ATTRIBUTE_*" },
      { key: "TraceSampleRatio", kind: ratio, variable: "CL_TELEMETRY_TRACE_SAMPLE_RATIO", inUse: 0.01 },
      // Without a separator, as the plugins have it.
      {
        key: "AuthHeaders",
        kind: namesAndValues,
        variable: "CL_TELEMETRY_AUTH_HEADER*",
        secret: true,
        note: "the Chainlink node makes them from its key instead",
      },
      { key: "AuthPubKeyHex", kind: hex, variable: "CL_TELEMETRY_AUTH_PUB_KEY_HEX" },
      { key: "AuthHeadersTTL", kind: duration, variable: "CL_TELEMETRY_AUTH_HEADERS_TTL" },
      { key: "EmitterBatchProcessor", kind: onOff, variable: "CL_TELEMETRY_EMITTER_BATCH_PROCESSOR", inUse: true },
      { key: "EmitterExportTimeout", kind: duration, variable: "CL_TELEMETRY_EMITTER_EXPORT_TIMEOUT", inUse: "1s" },
      { kind: duration, variable: "CL_TELEMETRY_EMITTER_EXPORT_INTERVAL", inUse: "1s" },
      { kind: count, variable: "CL_TELEMETRY_EMITTER_EXPORT_MAX_BATCH_SIZE", inUse: 512 },
      { kind: count, variable: "CL_TELEMETRY_EMITTER_MAX_QUEUE_SIZE", inUse: 2048 },
      { key: "LogStreamingEnabled", kind: onOff, variable: "CL_TELEMETRY_LOG_STREAMING_ENABLED" },
      {
        key: "LogLevel",
        kind: choice("debug", "info", "warn", "error", "dpanic", "panic", "fatal"),
        variable: "CL_TELEMETRY_LOG_LEVEL",
        unset: "info",
      },
      { key: "LogBatchProcessor", kind: onOff, variable: "CL_TELEMETRY_LOG_BATCH_PROCESSOR", inUse: true },
      { key: "LogExportTimeout", kind: duration, variable: "CL_TELEMETRY_LOG_EXPORT_TIMEOUT", inUse: "1s" },
      { key: "LogExportMaxBatchSize", kind: count, variable: "CL_TELEMETRY_LOG_EXPORT_MAX_BATCH_SIZE", inUse: 512 },
      { key: "LogExportInterval", kind: duration, variable: "CL_TELEMETRY_LOG_EXPORT_INTERVAL", inUse: "1s" },
      { key: "LogMaxQueueSize", kind: count, variable: "CL_TELEMETRY_LOG_MAX_QUEUE_SIZE", inUse: 2048 },
      { key: "TraceCompressor", kind: words, variable: "CL_TELEMETRY_TRACE_COMPRESSOR", note: 'such as `"gzip"`' },
      { key: "MetricCompressor", kind: words, variable: "CL_TELEMETRY_METRIC_COMPRESSOR" },
      { key: "LogCompressor", kind: words, variable: "CL_TELEMETRY_LOG_COMPRESSOR" },
      // Zero would lift the limit.
      {
        key: "MetricCardinalityLimit",
        kind: count,
        variable: "CL_TELEMETRY_METRIC_CARDINALITY_LIMIT",
        leftOut: true,
        note: "0: no limit",
      },
      // An empty list would be one of one empty name.
      {
        key: "MetricViewsDenyAttributes",
        kind: attributeNames,
        variable: "CL_TELEMETRY_METRIC_VIEWS_DENY_ATTRIBUTES",
        leftOut: true,
      },
      { key: "PrometheusBridge.Enabled", kind: onOff, variable: "CL_TELEMETRY_PROMETHEUS_BRIDGE_ENABLED" },
      { key: "PrometheusBridge.Prefixes", kind: list, variable: "CL_TELEMETRY_PROMETHEUS_BRIDGE_PREFIXES" },
      { key: "ChipIngressEndpoint", kind: words, variable: "CL_CHIP_INGRESS_ENDPOINT" },
      { key: "ChipIngressInsecureConnection", kind: onOff, variable: "CL_CHIP_INGRESS_INSECURE_CONNECTION" },
      { key: "ChipIngressBatchEmitterEnabled", kind: onOff, variable: "CL_CHIP_INGRESS_BATCH_EMITTER_ENABLED" },
      {
        key: "DurableEmitterEnabled",
        kind: onOff,
        variable: "CL_CHIP_INGRESS_DURABLE_EMITTER_ENABLED",
        note: "needs a database when there is a `ChipIngressEndpoint`",
      },
      { key: "ChipIngressBufferSize", kind: count32, variable: "CL_CHIP_INGRESS_BUFFER_SIZE", inUse: 10_000 },
      { key: "ChipIngressMaxBatchSize", kind: count32, variable: "CL_CHIP_INGRESS_MAX_BATCH_SIZE", inUse: 1000 },
      {
        key: "ChipIngressMaxConcurrentSends",
        kind: count,
        variable: "CL_CHIP_INGRESS_MAX_CONCURRENT_SENDS",
        inUse: 10,
      },
      {
        key: "ChipIngressMaxGRPCRequestSize",
        kind: count,
        variable: "CL_CHIP_INGRESS_MAX_GRPC_REQUEST_SIZE",
        inUse: 10 * 1024 * 1024,
        note: "in bytes",
      },
      { key: "ChipIngressSendInterval", kind: duration, variable: "CL_CHIP_INGRESS_SEND_INTERVAL", inUse: "500ms" },
      { key: "ChipIngressSendTimeout", kind: duration, variable: "CL_CHIP_INGRESS_SEND_TIMEOUT", inUse: "10s" },
      { key: "ChipIngressDrainTimeout", kind: duration, variable: "CL_CHIP_INGRESS_DRAIN_TIMEOUT", inUse: "30s" },
    ],
  },

  Pyroscope: {
    settings: [
      {
        key: "AuthToken",
        kind: words,
        variable: "CL_PYROSCOPE_AUTH_TOKEN",
        inEnvironment: true,
        secret: true,
        note: "better set by the variable, which overrides the file",
      },
      { key: "ServerAddress", kind: words, variable: "CL_PYROSCOPE_SERVER_ADDRESS", note: "where profiles go" },
      { key: "Environment", kind: words, variable: "CL_PYROSCOPE_ENVIRONMENT" },
      { key: "LinkTracesToProfiles", kind: onOff, variable: "CL_PYROSCOPE_LINK_TRACES_TO_PROFILES" },
    ],
  },

  AutoPprof: {
    settings: [
      { key: "BlockProfileRate", kind: count, variable: "CL_PYROSCOPE_PPROF_BLOCK_PROFILE_RATE" },
      { key: "MutexProfileFraction", kind: count, variable: "CL_PYROSCOPE_PPROF_MUTEX_PROFILE_FRACTION" },
    ],
  },
} satisfies Record<string, LoopSection>;

export type LoopSectionName = keyof typeof loopTable;

/** Variables that the node assigns: per plugin, and per run of the node. */
export const assignedVariables = { metricsPort: "CL_PROMETHEUS_PORT", appId: "CL_APP_ID" } as const;

/** Variables that the node passes on unchanged from its own environment. */
export const forwardedVariables = ["CL_CRE_SETTINGS", "CL_CRE_SETTINGS_DEFAULT"] as const;

/** Metering: this node has none, but some versions of plugins read its variables. */
export const unusedVariables: readonly LoopSetting[] = [
  { kind: onOff, variable: "CL_METER_RECORDS_ENABLED" },
  { kind: onOff, variable: "CL_METER_SNAPSHOTS_ENABLED" },
  { kind: words, variable: "CL_METER_PRODUCT" },
  { kind: words, variable: "CL_METER_TENANT" },
  { kind: words, variable: "CL_METER_NUMERIC_TENANT_ID" },
  { kind: words, variable: "CL_METER_ENVIRONMENT" },
  { kind: words, variable: "CL_METER_ZONE" },
  { kind: words, variable: "CL_METER_NODE_ID" },
];
