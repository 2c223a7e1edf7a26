/** Converts the reporting plugin's config and info to and from the wire. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  ReportingPluginConfig as ReportingPluginConfigMessage,
  ReportingPluginConfigSchema,
  ReportingPluginInfo as ReportingPluginInfoMessage,
  ReportingPluginInfoSchema,
} from "../../../proto/gen/loop/reporting_pb.ts";
import { fromNanoseconds } from "../../values/duration.ts";
import { configDigest, countFromWire, countToWire, durationToWire, required, uint32 } from "../values.ts";
import type { ReportingPluginConfig, ReportingPluginInfo } from "./types.ts";

/** @throws RangeError when a value is out of bounds */
export function reportingPluginConfigToWire(
  config: ReportingPluginConfig,
): MessageInitShape<typeof ReportingPluginConfigSchema> {
  return {
    configDigest: configDigest(config.configDigest),
    oracleID: uint32(config.oracleId, "OracleID"),
    n: uint32(config.n, "N"),
    f: uint32(config.f, "F"),
    onchainConfig: config.onchainConfig,
    offchainConfig: config.offchainConfig,
    estimatedRoundInterval: durationToWire(config.estimatedRoundIntervalMs, "EstimatedRoundInterval"),
    maxDurationQuery: durationToWire(config.maxDurationQueryMs, "MaxDurationQuery"),
    maxDurationObservation: durationToWire(config.maxDurationObservationMs, "MaxDurationObservation"),
    maxDurationReport: durationToWire(config.maxDurationReportMs, "MaxDurationReport"),
    maxDurationShouldAcceptFinalizedReport: durationToWire(
      config.maxDurationShouldAcceptFinalizedReportMs,
      "MaxDurationShouldAcceptFinalizedReport",
    ),
    maxDurationShouldTransmitAcceptedReport: durationToWire(
      config.maxDurationShouldTransmitAcceptedReportMs,
      "MaxDurationShouldTransmitAcceptedReport",
    ),
  };
}

/** @throws TypeError when it is absent; RangeError when its digest does not have 32 bytes */
export function reportingPluginConfigFromWire(
  message: ReportingPluginConfigMessage | undefined,
): ReportingPluginConfig {
  const config = required(message, "reportingPluginConfig");
  return {
    configDigest: configDigest(config.configDigest),
    oracleId: config.oracleID,
    n: config.n,
    f: config.f,
    onchainConfig: config.onchainConfig,
    offchainConfig: config.offchainConfig,
    estimatedRoundIntervalMs: fromNanoseconds(config.estimatedRoundInterval),
    maxDurationQueryMs: fromNanoseconds(config.maxDurationQuery),
    maxDurationObservationMs: fromNanoseconds(config.maxDurationObservation),
    maxDurationReportMs: fromNanoseconds(config.maxDurationReport),
    maxDurationShouldAcceptFinalizedReportMs: fromNanoseconds(config.maxDurationShouldAcceptFinalizedReport),
    maxDurationShouldTransmitAcceptedReportMs: fromNanoseconds(config.maxDurationShouldTransmitAcceptedReport),
  };
}

/** @throws RangeError when a limit is not a length */
export function reportingPluginInfoToWire(
  info: ReportingPluginInfo,
): MessageInitShape<typeof ReportingPluginInfoSchema> {
  const { maxQueryLength, maxObservationLength, maxReportLength } = info.limits;
  return {
    name: info.name,
    uniqueReports: info.uniqueReports,
    reportingPluginLimits: {
      maxQueryLength: countToWire(maxQueryLength, "MaxQueryLength"),
      maxObservationLength: countToWire(maxObservationLength, "MaxObservationLength"),
      maxReportLength: countToWire(maxReportLength, "MaxReportLength"),
    },
  };
}

/** @throws TypeError when it or its limits are absent; RangeError when a limit is too large */
export function reportingPluginInfoFromWire(message: ReportingPluginInfoMessage | undefined): ReportingPluginInfo {
  const info = required(message, "reportingPluginInfo");
  const limits = required(info.reportingPluginLimits, "reportingPluginLimits");
  return {
    name: info.name,
    uniqueReports: info.uniqueReports,
    limits: {
      maxQueryLength: countFromWire(limits.maxQueryLength, "MaxQueryLength"),
      maxObservationLength: countFromWire(limits.maxObservationLength, "MaxObservationLength"),
      maxReportLength: countFromWire(limits.maxReportLength, "MaxReportLength"),
    },
  };
}
