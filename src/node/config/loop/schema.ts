/**
 * The sections of the config that are for plugins in other languages: the node hands them on through the environment. Names and
 * meanings are the Chainlink node's, of its config and its secrets.
 */
import { anyText, decimal, field, flag, oneOf, text, textLike, whole, wrong } from "../../../settings/fields.ts";
import { listOf, table, tableOf, type ValueOf } from "../../../settings/schema.ts";
import { formatDuration, parseDuration } from "../../../values/duration.ts";

const int32 = 2 ** 31 - 1;
const uint32 = 2 ** 32 - 1;

/** A duration that is not negative, as Go writes it. */
const goDuration = () =>
  field((value) => {
    if (typeof value !== "string") throw wrong('a duration such as "1m30s"', value);
    const ms = parseDuration(value);
    if (ms < 0) throw new RangeError(`${formatDuration(ms)} is impossible: it must not be negative`);
    return formatDuration(ms);
  });

const sizeUnits: Readonly<Record<string, number>> = { "": 1, b: 1, kb: 1e3, mb: 1e6, gb: 1e9 };

/** `"42mb"`, as the Chainlink node writes sizes, or a number of bytes; a number of bytes afterwards. */
const fileSize = (mostBytes: number) =>
  field((value) => {
    const [, count, unit = ""] = /^(\d+(?:\.\d+)?) ?([a-z]*)$/i.exec(String(value)) ?? [];
    const bytes = Math.round(Number(count) * (sizeUnits[unit.toLowerCase()] ?? Number.NaN));
    if ((typeof value !== "string" && typeof value !== "number") || !(bytes >= 0 && bytes <= mostBytes)) {
      throw wrong(`a size such as "4mb", ${mostBytes} bytes at most`, value);
    }
    return bytes;
  });

/** Their names become parts of variables' names. */
const attributes = () => tableOf(anyText());

const collectorTarget = () =>
  field((value) => {
    if (typeof value !== "string") throw wrong("a host and a port", value);
    // Chainlink's plugins read it as a URI, and exit where it is none.
    if (/^[A-Za-z][A-Za-z0-9+.-]*:[^\s]+$/.test(value)) return value;
    throw wrong(
      'a host\'s name and a port, such as "collector:4317" (an address of digits is none to the plugins)',
      value,
    );
  });

export const databaseUrl = textLike(/^postgres(ql)?:\/\/[^\s]+$/, "a URL that begins with postgresql://");

const Database = table({
  /** In the Chainlink node's secrets. */
  URL: databaseUrl.optional(),
  DefaultIdleInTxSessionTimeout: goDuration().optional(),
  DefaultLockTimeout: goDuration().optional(),
  DefaultQueryTimeout: goDuration().optional(),
  LogQueries: flag().optional(),
  MaxIdleConns: whole(0, int32).optional(),
  MaxOpenConns: whole(0, int32).optional(),
  Listener: table({ FallbackPollInterval: goDuration().optional() }).optional(),
});

const Mercury = table({
  Cache: table({
    LatestReportTTL: goDuration().optional(),
    MaxStaleAge: goDuration().optional(),
    LatestReportDeadline: goDuration().optional(),
  }).optional(),
  Transmitter: table({
    Protocol: anyText().optional(),
    TransmitQueueMaxSize: whole(0, uint32).optional(),
    TransmitConcurrency: whole(0, uint32).optional(),
    TransmitTimeout: goDuration().optional(),
    ReaperFrequency: goDuration().optional(),
    ReaperMaxAge: goDuration().optional(),
  }).optional(),
  VerboseLogging: flag().optional(),
});

const Tracing = table({
  Enabled: flag().optional(),
  CollectorTarget: collectorTarget().optional(),
  SamplingRatio: decimal(0, 1).optional(),
  Mode: oneOf(["tls", "unencrypted"]).optional(),
  TLSCertPath: text("a path").optional(),
  Attributes: attributes().optional(),
});

const Telemetry = table({
  Enabled: flag().optional(),
  Endpoint: text("a host and a port").optional(),
  InsecureConnection: flag().optional(),
  CACertFile: text("a path").optional(),
  ResourceAttributes: attributes().optional(),
  TraceSampleRatio: decimal(0, 1).optional(),
  /** Not the Chainlink node's, which makes them of its own key. */
  AuthHeaders: attributes().optional(),
  AuthPubKeyHex: textLike(/^[0-9a-f]*$/i, "hexadecimal digits").optional(),
  AuthHeadersTTL: goDuration().optional(),
  EmitterBatchProcessor: flag().optional(),
  EmitterExportTimeout: goDuration().optional(),
  LogStreamingEnabled: flag().optional(),
  LogLevel: oneOf(["debug", "info", "warn", "error", "dpanic", "panic", "fatal"]).optional(),
  LogBatchProcessor: flag().optional(),
  LogExportTimeout: goDuration().optional(),
  LogExportMaxBatchSize: whole(0, int32).optional(),
  LogExportInterval: goDuration().optional(),
  LogMaxQueueSize: whole(0, int32).optional(),
  TraceCompressor: anyText().optional(),
  MetricCompressor: anyText().optional(),
  LogCompressor: anyText().optional(),
  MetricCardinalityLimit: whole(0, int32).optional(),
  MetricViewsDenyAttributes: listOf(text("an attribute")).optional(),
  PrometheusBridge: table({ Enabled: flag().optional(), Prefixes: listOf(anyText()).optional() }).optional(),
  ChipIngressEndpoint: anyText().optional(),
  ChipIngressInsecureConnection: flag().optional(),
  ChipIngressBatchEmitterEnabled: flag().optional(),
  ChipIngressBufferSize: whole(0, uint32).optional(),
  ChipIngressMaxBatchSize: whole(0, uint32).optional(),
  ChipIngressMaxConcurrentSends: whole(0, int32).optional(),
  ChipIngressMaxGRPCRequestSize: whole(0, int32).optional(),
  ChipIngressSendInterval: goDuration().optional(),
  ChipIngressSendTimeout: goDuration().optional(),
  ChipIngressDrainTimeout: goDuration().optional(),
  DurableEmitterEnabled: flag().optional(),
});

const Pyroscope = table({
  /** In the Chainlink node's secrets. */
  AuthToken: anyText().optional(),
  ServerAddress: anyText().optional(),
  Environment: anyText().optional(),
  LinkTracesToProfiles: flag().optional(),
});

/** By the section's name. */
export const loopSections = {
  LOOPP: table({ GRPCServerMaxRecvMsgSize: fileSize(int32).optional() }).optional(),
  Feature: table({ LogPoller: flag().optional() }).optional(),
  Database: Database.optional(),
  Mercury: Mercury.optional(),
  Tracing: Tracing.optional(),
  Telemetry: Telemetry.optional(),
  Pyroscope: Pyroscope.optional(),
  AutoPprof: table({
    BlockProfileRate: whole(0, int32).optional(),
    MutexProfileFraction: whole(0, int32).optional(),
  }).optional(),
};

/** What they say, checked: durations as Go writes them, sizes in bytes. */
export type LoopSections = {
  readonly [Name in keyof typeof loopSections]?: Exclude<ValueOf<(typeof loopSections)[Name]>, undefined>;
};
