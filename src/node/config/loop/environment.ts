/**
 * The environment that Chainlink's plugins expect of their node, complete: plugins of some versions exit at start over a variable
 * that is not there, whether or not what it is for is in use. Zero stands for "not set" in all versions.
 */
import type { LoopSections } from "./schema.ts";
import type { LoopSettings } from "./settings.ts";

/** What belongs to one plugin, or to this run of the node. */
export interface OwnTerms {
  /** The port that the plugin is to serve its metrics on. */
  readonly metricsPort: number;
  /** The node's id in traces. */
  readonly appId: string;
}

type Value = string | number | boolean | undefined;
type Variables = Readonly<Record<string, Value>>;

/** All variables, each with its value or zero. (chainlink-common's `loop.EnvConfig`.) */
export function loopEnvironment({ sections, forwarded }: LoopSettings, own: OwnTerms): Record<string, string> {
  const variables: Variables = {
    PROMETHEUS_PORT: own.metricsPort,
    APP_ID: own.appId,
    FEATURE_LOG_POLLER: sections.Feature?.LogPoller ?? false,
    GRPC_SERVER_MAX_RECV_MSG_SIZE: sections.LOOPP?.GRPCServerMaxRecvMsgSize ?? 0,
    ...databaseVariables(sections.Database),
    ...mercuryVariables(sections.Mercury),
    ...pyroscopeVariables(sections),
    ...tracingVariables(sections.Tracing),
    ...telemetryVariables(sections.Telemetry),
    ...meterVariables,
  };
  const given = Object.entries(variables).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(given.map(([name, value]) => [`CL_${name}`, String(value)])), ...forwarded };
}

/** Nothing without a database. What is left out has the Chainlink node's defaults: zero would be no connections, and no time. */
function databaseVariables(database: LoopSections["Database"] = {}): Variables {
  if (database.URL === undefined) return {};
  return {
    DATABASE_URL: database.URL,
    DATABASE_IDLE_IN_TX_SESSION_TIMEOUT: database.DefaultIdleInTxSessionTimeout ?? "1h0m0s",
    DATABASE_LOCK_TIMEOUT: database.DefaultLockTimeout ?? "15s",
    DATABASE_QUERY_TIMEOUT: database.DefaultQueryTimeout ?? "10s",
    // Spelt as there.
    DATABASE_LISTNER_FALLBACK_POLL_INTERVAL: database.Listener?.FallbackPollInterval ?? "30s",
    DATABASE_LOG_SQL: database.LogQueries ?? false,
    DATABASE_MAX_OPEN_CONNS: database.MaxOpenConns ?? 20,
    DATABASE_MAX_IDLE_CONNS: database.MaxIdleConns ?? 10,
    DATABASE_TRACING_ENABLED: false,
  };
}

function mercuryVariables({
  Cache = {},
  Transmitter = {},
  VerboseLogging = false,
}: NonNullable<LoopSections["Mercury"]> = {}): Variables {
  return {
    MERCURY_CACHE_LATEST_REPORT_DEADLINE: Cache.LatestReportDeadline ?? "0s",
    MERCURY_CACHE_LATEST_REPORT_TTL: Cache.LatestReportTTL ?? "0s",
    MERCURY_CACHE_MAX_STALE_AGE: Cache.MaxStaleAge ?? "0s",
    MERCURY_TRANSMITTER_PROTOCOL: Transmitter.Protocol ?? "",
    // Two underscores, as there.
    MERCURY_TRANSMITTER_TRANSMIT__QUEUE_MAX_SIZE: Transmitter.TransmitQueueMaxSize ?? 0,
    MERCURY_TRANSMITTER_TRANSMIT_CONCURRENCY: Transmitter.TransmitConcurrency ?? 0,
    MERCURY_TRANSMITTER_TRANSMIT_TIMEOUT: Transmitter.TransmitTimeout ?? "0s",
    MERCURY_TRANSMITTER_REAPER_FREQUENCY: Transmitter.ReaperFrequency ?? "0s",
    MERCURY_TRANSMITTER_REAPER_MAX_AGE: Transmitter.ReaperMaxAge ?? "0s",
    MERCURY_VERBOSE_LOGGING: VerboseLogging,
  };
}

function pyroscopeVariables({ Pyroscope = {}, AutoPprof = {} }: LoopSections): Variables {
  return {
    PYROSCOPE_AUTH_TOKEN: Pyroscope.AuthToken ?? "",
    PYROSCOPE_SERVER_ADDRESS: Pyroscope.ServerAddress ?? "",
    PYROSCOPE_ENVIRONMENT: Pyroscope.Environment ?? "",
    PYROSCOPE_LINK_TRACES_TO_PROFILES: Pyroscope.LinkTracesToProfiles ?? false,
    PYROSCOPE_PPROF_BLOCK_PROFILE_RATE: AutoPprof.BlockProfileRate ?? 0,
    PYROSCOPE_PPROF_MUTEX_PROFILE_FRACTION: AutoPprof.MutexProfileFraction ?? 0,
  };
}

function tracingVariables(tracing: LoopSections["Tracing"] = {}): Variables {
  return {
    TRACING_ENABLED: tracing.Enabled ?? false,
    TRACING_COLLECTOR_TARGET: tracing.CollectorTarget ?? "",
    TRACING_SAMPLING_RATIO: tracing.SamplingRatio ?? 0,
    TRACING_TLS_CERT_PATH: tracing.Mode === "unencrypted" ? "" : (tracing.TLSCertPath ?? ""),
    ...withPrefix("TRACING_ATTRIBUTE_", tracing.Attributes),
  };
}

/** What is left out of a telemetry that is in use has defaults that work; of one that is not, zero. */
function telemetryVariables(telemetry: LoopSections["Telemetry"] = {}): Variables {
  const inUse = <T extends Value>(given: T | undefined, standard: T, zero: T): T =>
    given ?? (telemetry.Enabled ? standard : zero);
  const { MetricViewsDenyAttributes: denied = [], PrometheusBridge: bridge = {} } = telemetry;
  return {
    TELEMETRY_ENABLED: telemetry.Enabled ?? false,
    TELEMETRY_ENDPOINT: telemetry.Endpoint ?? "",
    TELEMETRY_INSECURE_CONNECTION: telemetry.InsecureConnection ?? false,
    TELEMETRY_CA_CERT_FILE: telemetry.CACertFile ?? "",
    ...withPrefix("TELEMETRY_ATTRIBUTE_", telemetry.ResourceAttributes),
    TELEMETRY_TRACE_SAMPLE_RATIO: inUse(telemetry.TraceSampleRatio, 0.01, 0),
    // No separator, as there.
    ...withPrefix("TELEMETRY_AUTH_HEADER", telemetry.AuthHeaders),
    TELEMETRY_AUTH_PUB_KEY_HEX: telemetry.AuthPubKeyHex ?? "",
    TELEMETRY_AUTH_HEADERS_TTL: telemetry.AuthHeadersTTL ?? "0s",
    TELEMETRY_EMITTER_BATCH_PROCESSOR: inUse(telemetry.EmitterBatchProcessor, true, false),
    TELEMETRY_EMITTER_EXPORT_TIMEOUT: inUse(telemetry.EmitterExportTimeout, "1s", "0s"),
    TELEMETRY_EMITTER_EXPORT_INTERVAL: inUse<string>(undefined, "1s", "0s"),
    TELEMETRY_EMITTER_EXPORT_MAX_BATCH_SIZE: inUse<number>(undefined, 512, 0),
    TELEMETRY_EMITTER_MAX_QUEUE_SIZE: inUse<number>(undefined, 2048, 0),
    TELEMETRY_LOG_STREAMING_ENABLED: telemetry.LogStreamingEnabled ?? false,
    TELEMETRY_LOG_LEVEL: telemetry.LogLevel ?? "info",
    TELEMETRY_LOG_BATCH_PROCESSOR: inUse(telemetry.LogBatchProcessor, true, false),
    TELEMETRY_LOG_EXPORT_TIMEOUT: inUse(telemetry.LogExportTimeout, "1s", "0s"),
    TELEMETRY_LOG_EXPORT_MAX_BATCH_SIZE: inUse(telemetry.LogExportMaxBatchSize, 512, 0),
    TELEMETRY_LOG_EXPORT_INTERVAL: inUse(telemetry.LogExportInterval, "1s", "0s"),
    TELEMETRY_LOG_MAX_QUEUE_SIZE: inUse(telemetry.LogMaxQueueSize, 2048, 0),
    TELEMETRY_TRACE_COMPRESSOR: telemetry.TraceCompressor ?? "",
    TELEMETRY_METRIC_COMPRESSOR: telemetry.MetricCompressor ?? "",
    TELEMETRY_LOG_COMPRESSOR: telemetry.LogCompressor ?? "",
    // Zero would lift the limit, and an empty list is one of one empty name.
    TELEMETRY_METRIC_CARDINALITY_LIMIT: telemetry.MetricCardinalityLimit,
    TELEMETRY_METRIC_VIEWS_DENY_ATTRIBUTES: denied.length === 0 ? undefined : denied.join(","),
    TELEMETRY_PROMETHEUS_BRIDGE_ENABLED: bridge.Enabled ?? false,
    TELEMETRY_PROMETHEUS_BRIDGE_PREFIXES: (bridge.Prefixes ?? []).join(","),
    CHIP_INGRESS_ENDPOINT: telemetry.ChipIngressEndpoint ?? "",
    CHIP_INGRESS_INSECURE_CONNECTION: telemetry.ChipIngressInsecureConnection ?? false,
    CHIP_INGRESS_BATCH_EMITTER_ENABLED: telemetry.ChipIngressBatchEmitterEnabled ?? false,
    CHIP_INGRESS_DURABLE_EMITTER_ENABLED: telemetry.DurableEmitterEnabled ?? false,
    CHIP_INGRESS_BUFFER_SIZE: inUse(telemetry.ChipIngressBufferSize, 10_000, 0),
    CHIP_INGRESS_MAX_BATCH_SIZE: inUse(telemetry.ChipIngressMaxBatchSize, 1000, 0),
    CHIP_INGRESS_MAX_CONCURRENT_SENDS: inUse(telemetry.ChipIngressMaxConcurrentSends, 10, 0),
    CHIP_INGRESS_MAX_GRPC_REQUEST_SIZE: inUse(telemetry.ChipIngressMaxGRPCRequestSize, 10 * 1024 * 1024, 0),
    CHIP_INGRESS_SEND_INTERVAL: inUse(telemetry.ChipIngressSendInterval, "500ms", "0s"),
    CHIP_INGRESS_SEND_TIMEOUT: inUse(telemetry.ChipIngressSendTimeout, "10s", "0s"),
    CHIP_INGRESS_DRAIN_TIMEOUT: inUse(telemetry.ChipIngressDrainTimeout, "30s", "0s"),
  };
}

/** Metering is not this node's; some versions read them all the same. */
const meterVariables: Variables = {
  METER_RECORDS_ENABLED: false,
  METER_SNAPSHOTS_ENABLED: false,
  METER_PRODUCT: "",
  METER_TENANT: "",
  METER_NUMERIC_TENANT_ID: "",
  METER_ENVIRONMENT: "",
  METER_ZONE: "",
  METER_NODE_ID: "",
};

function withPrefix(prefix: string, entries: Readonly<Record<string, string>> = {}): Variables {
  return Object.fromEntries(Object.entries(entries).map(([key, value]) => [`${prefix}${key}`, value]));
}
