/** When the median product reports: its own part of the OCR2 offchain config. */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { NumericalMedianConfigProtoSchema } from "../../../proto/gen/median/offchain_config_pb.ts";
import { durationFromWire, durationToWire } from "../../loop/values.ts";

/** Deviations are parts per billion of the old value: 5 000 000 is 0.5 %. Zero: every value deviates. */
export interface MedianOffchainConfig {
  /** Deviation never triggers a report. */
  readonly alphaReportInfinite: boolean;
  readonly alphaReportPpb: bigint;
  /** Deviation never triggers the acceptance of a second report while one is pending. */
  readonly alphaAcceptInfinite: boolean;
  readonly alphaAcceptPpb: bigint;
  /** Heartbeat: the oldest age of the contract's answer, in milliseconds. Nanoseconds on the wire. */
  readonly deltaCMs: number;
}

export function encodeMedianOffchainConfig(config: MedianOffchainConfig): Uint8Array {
  const { deltaCMs, ...alphas } = config;
  const deltaCNanoseconds = durationToWire(deltaCMs, "deltaC");
  return toBinary(
    NumericalMedianConfigProtoSchema,
    create(NumericalMedianConfigProtoSchema, { ...alphas, deltaCNanoseconds }),
  );
}

/**
 * @throws SyntaxError when the bytes are no such message
 * @throws RangeError when deltaC, read as a signed 64-bit number, is negative
 */
export function decodeMedianOffchainConfig(encoded: Uint8Array): MedianOffchainConfig {
  const message = parse(encoded);
  const deltaCNanoseconds = BigInt.asIntN(64, message.deltaCNanoseconds);
  if (deltaCNanoseconds < 0n) {
    throw new RangeError(
      `Cannot use the median offchain config: deltaC is ${deltaCNanoseconds}ns, a heartbeat must not be negative`,
    );
  }
  return {
    alphaReportInfinite: message.alphaReportInfinite,
    alphaReportPpb: message.alphaReportPpb,
    alphaAcceptInfinite: message.alphaAcceptInfinite,
    alphaAcceptPpb: message.alphaAcceptPpb,
    deltaCMs: durationFromWire(deltaCNanoseconds),
  };
}

function parse(encoded: Uint8Array) {
  try {
    return fromBinary(NumericalMedianConfigProtoSchema, encoded);
  } catch (cause) {
    throw new SyntaxError("Cannot read the median offchain config: the bytes are not a NumericalMedianConfigProto", {
      cause,
    });
  }
}
