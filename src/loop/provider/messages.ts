/** Converts a contract's OCR2 config and a report's context to and from the wire. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  ContractConfig as ContractConfigMessage,
  ContractConfigSchema,
  ReportContext as ReportContextMessage,
  ReportContextSchema,
} from "../../../proto/gen/loop/relayer_pb.ts";
import { reportTimestampFromWire, reportTimestampToWire } from "../messages.ts";
import type { ContractConfig, ReportContext } from "../types.ts";
import { configDigest, extraHash, required, uint8, uint64 } from "../values.ts";

/** @throws RangeError when a value is out of bounds */
export function contractConfigToWire(config: ContractConfig): MessageInitShape<typeof ContractConfigSchema> {
  return {
    configDigest: configDigest(config.configDigest),
    configCount: uint64(config.configCount, "ConfigCount"),
    signers: [...config.signers],
    transmitters: [...config.transmitters],
    F: uint8(config.f, "F"),
    onchainConfig: config.onchainConfig,
    offchainConfigVersion: uint64(config.offchainConfigVersion, "OffchainConfigVersion"),
    offchainConfig: config.offchainConfig,
  };
}

/** @throws TypeError when it is absent; RangeError when a value is out of bounds */
export function contractConfigFromWire(message: ContractConfigMessage | undefined): ContractConfig {
  const config = required(message, "contractConfig");
  return {
    configDigest: configDigest(config.configDigest),
    configCount: config.configCount,
    signers: config.signers,
    transmitters: config.transmitters,
    f: uint8(config.F, "F"),
    onchainConfig: config.onchainConfig,
    offchainConfigVersion: config.offchainConfigVersion,
    offchainConfig: config.offchainConfig,
  };
}

/** @throws RangeError when a value is out of bounds */
export function reportContextToWire(context: ReportContext): MessageInitShape<typeof ReportContextSchema> {
  return {
    reportTimestamp: reportTimestampToWire(context.reportTimestamp),
    extraHash: extraHash(context.extraHash),
  };
}

/** @throws TypeError when it or its timestamp is absent; RangeError when a value is out of bounds */
export function reportContextFromWire(message: ReportContextMessage | undefined): ReportContext {
  const context = required(message, "reportContext");
  return {
    reportTimestamp: reportTimestampFromWire(context.reportTimestamp),
    extraHash: extraHash(context.extraHash),
  };
}
