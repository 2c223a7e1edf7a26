/** The median product's part of the OCR2 offchain config: when it reports. */
import { create, toBinary } from "@bufbuild/protobuf";
import { NumericalMedianConfigProtoSchema } from "../../../proto/gen/median/offchain_config_pb.ts";
import { durationToWire } from "../../loop/values.ts";
import { fromNanoseconds } from "../../values/duration.ts";
import { readFields, type WireField } from "./wire.ts";

/** Deviations are parts per billion of the old value: 5 000 000 is 0.5 %. Zero: every value deviates. */
export interface MedianOffchainConfig {
  /** Deviation never triggers a report. */
  readonly alphaReportInfinite: boolean;
  readonly alphaReportPpb: bigint;
  /** Deviation never triggers the acceptance of a second report while one is pending. */
  readonly alphaAcceptInfinite: boolean;
  readonly alphaAcceptPpb: bigint;
  /** Heartbeat: the longest age of the contract's answer, in milliseconds. Nanoseconds on the wire. */
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
 * @throws SyntaxError when the bytes are not such a message
 * @throws RangeError when deltaC, read as a signed 64-bit number, is negative
 */
export function decodeMedianOffchainConfig(encoded: Uint8Array): MedianOffchainConfig {
  const numbers = new Map<number, bigint>();
  for (const { number, value } of fieldsOf(encoded)) if (typeof value === "bigint") numbers.set(number, value);
  const numberOf = (number: number) => numbers.get(number) ?? 0n;
  const deltaCNanoseconds = BigInt.asIntN(64, numberOf(5));
  if (deltaCNanoseconds < 0n) {
    throw new RangeError(
      `Cannot use the median offchain config: deltaC is ${deltaCNanoseconds}ns, a heartbeat must not be negative`,
    );
  }
  return {
    alphaReportInfinite: numberOf(1) !== 0n,
    alphaReportPpb: numberOf(2),
    alphaAcceptInfinite: numberOf(3) !== 0n,
    alphaAcceptPpb: numberOf(4),
    deltaCMs: fromNanoseconds(deltaCNanoseconds),
  };
}

function fieldsOf(encoded: Uint8Array): readonly WireField[] {
  try {
    return readFields(encoded);
  } catch (cause) {
    throw new SyntaxError("Cannot read the median offchain config: the bytes are not a NumericalMedianConfigProto", {
      cause,
    });
  }
}
