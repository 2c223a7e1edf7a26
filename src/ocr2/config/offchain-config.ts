/** The offchain part of an OCR2 config, to and from the bytes in the contract. Its rules are checked by `readPublicConfig`. */
import { create, toBinary } from "@bufbuild/protobuf";
import { type OffchainConfigProto, OffchainConfigProtoSchema } from "../../../proto/gen/ocr2/offchain_config_pb.ts";
import { decodeMessage } from "../../values/decode-message.ts";
import { fromNanoseconds, toNanoseconds } from "../../values/duration.ts";
import type { SharedSecretEncryptions } from "./shared-secret.ts";

/** Durations in milliseconds; nanoseconds in the bytes. */
export interface OffchainConfig {
  /** After this time without progress, the oracles ask for a new epoch. */
  readonly deltaProgressMs: number;
  /** How often the last "new epoch" message is sent again. */
  readonly deltaResendMs: number;
  /** Shortest time between the starts of two rounds. */
  readonly deltaRoundMs: number;
  /** How long the leader waits for more observations when it has enough. */
  readonly deltaGraceMs: number;
  /** Time between stages of the transmission schedule. */
  readonly deltaStageMs: number;
  /** Rounds in one epoch. */
  readonly rMax: number;
  /** Transmission schedule: s[k] oracles try in stage k. */
  readonly s: readonly number[];
  /** ed25519, 32 bytes each, in the oracles' order. */
  readonly offchainPublicKeys: readonly Uint8Array[];
  readonly peerIds: readonly string[];
  /** For the product's reporting plugins. */
  readonly reportingPluginConfig: Uint8Array;
  readonly maxDurationQueryMs: number;
  readonly maxDurationObservationMs: number;
  readonly maxDurationReportMs: number;
  readonly maxDurationShouldAcceptFinalizedReportMs: number;
  readonly maxDurationShouldTransmitAcceptedReportMs: number;
  /** Absent: the node's default. */
  readonly maxDurationInitializationMs?: number;
  readonly sharedSecretEncryptions: SharedSecretEncryptions;
}

/** The contract's `offchainConfigVersion` for this encoding. */
export const offchainConfigVersion = 2n;
/** Longest offchain config in bytes. */
const maxOffchainConfigLength = 2_000_000;

/** @throws RangeError when a duration does not fit */
export function encodeOffchainConfig(config: OffchainConfig): Uint8Array {
  const { maxDurationInitializationMs, sharedSecretEncryptions } = config;
  const message = create(OffchainConfigProtoSchema, {
    deltaProgressNanoseconds: nanoseconds("deltaProgress", config.deltaProgressMs),
    deltaResendNanoseconds: nanoseconds("deltaResend", config.deltaResendMs),
    deltaRoundNanoseconds: nanoseconds("deltaRound", config.deltaRoundMs),
    deltaGraceNanoseconds: nanoseconds("deltaGrace", config.deltaGraceMs),
    deltaStageNanoseconds: nanoseconds("deltaStage", config.deltaStageMs),
    rMax: config.rMax,
    s: [...config.s],
    offchainPublicKeys: [...config.offchainPublicKeys],
    peerIds: [...config.peerIds],
    reportingPluginConfig: config.reportingPluginConfig,
    maxDurationQueryNanoseconds: nanoseconds("maxDurationQuery", config.maxDurationQueryMs),
    maxDurationObservationNanoseconds: nanoseconds("maxDurationObservation", config.maxDurationObservationMs),
    maxDurationReportNanoseconds: nanoseconds("maxDurationReport", config.maxDurationReportMs),
    maxDurationShouldAcceptFinalizedReportNanoseconds: nanoseconds(
      "maxDurationShouldAcceptFinalizedReport",
      config.maxDurationShouldAcceptFinalizedReportMs,
    ),
    maxDurationShouldTransmitAcceptedReportNanoseconds: nanoseconds(
      "maxDurationShouldTransmitAcceptedReport",
      config.maxDurationShouldTransmitAcceptedReportMs,
    ),
    sharedSecretEncryptions: {
      diffieHellmanPoint: sharedSecretEncryptions.diffieHellmanPoint,
      sharedSecretHash: sharedSecretEncryptions.sharedSecretHash,
      encryptions: [...sharedSecretEncryptions.encryptions],
    },
    ...(maxDurationInitializationMs !== undefined && {
      maxDurationInitializationNanoseconds: nanoseconds("maxDurationInitialization", maxDurationInitializationMs),
    }),
  });
  return toBinary(OffchainConfigProtoSchema, message);
}

/**
 * Durations are read as signed 64-bit numbers, as in Chainlink's implementation: a huge one is negative here.
 * @throws RangeError when there are too many bytes
 * @throws SyntaxError when they are not an offchain config
 */
export function decodeOffchainConfig(encoded: Uint8Array): OffchainConfig {
  const message = parse(encoded);
  const { sharedSecretEncryptions: secret, maxDurationInitializationNanoseconds: initialization } = message;
  if (secret === undefined)
    throw new SyntaxError("Cannot read the offchain config: sharedSecretEncryptions is missing");
  return {
    deltaProgressMs: milliseconds(message.deltaProgressNanoseconds),
    deltaResendMs: milliseconds(message.deltaResendNanoseconds),
    deltaRoundMs: milliseconds(message.deltaRoundNanoseconds),
    deltaGraceMs: milliseconds(message.deltaGraceNanoseconds),
    deltaStageMs: milliseconds(message.deltaStageNanoseconds),
    rMax: message.rMax,
    s: message.s,
    offchainPublicKeys: message.offchainPublicKeys,
    peerIds: message.peerIds,
    reportingPluginConfig: message.reportingPluginConfig,
    maxDurationQueryMs: milliseconds(message.maxDurationQueryNanoseconds),
    maxDurationObservationMs: milliseconds(message.maxDurationObservationNanoseconds),
    maxDurationReportMs: milliseconds(message.maxDurationReportNanoseconds),
    maxDurationShouldAcceptFinalizedReportMs: milliseconds(message.maxDurationShouldAcceptFinalizedReportNanoseconds),
    maxDurationShouldTransmitAcceptedReportMs: milliseconds(message.maxDurationShouldTransmitAcceptedReportNanoseconds),
    ...(initialization !== undefined && { maxDurationInitializationMs: milliseconds(initialization) }),
    sharedSecretEncryptions: {
      diffieHellmanPoint: secret.diffieHellmanPoint,
      sharedSecretHash: secret.sharedSecretHash,
      encryptions: secret.encryptions,
    },
  };
}

function parse(encoded: Uint8Array): OffchainConfigProto {
  if (encoded.length > maxOffchainConfigLength) {
    throw new RangeError(
      `Cannot read the offchain config: it has ${encoded.length} bytes, at most ${maxOffchainConfigLength} are allowed`,
    );
  }
  try {
    return decodeMessage(OffchainConfigProtoSchema, encoded);
  } catch (cause) {
    throw new SyntaxError("Cannot read the offchain config: the bytes are not an OffchainConfigProto", { cause });
  }
}

function nanoseconds(name: string, ms: number): bigint {
  const value = Number.isFinite(ms) ? toNanoseconds(ms) : -1n;
  if (value < 0n || value >= 1n << 63n) {
    throw new RangeError(`Cannot encode the offchain config: ${name} is ${ms}ms, it must be 0 to 292 years`);
  }
  return value;
}

function milliseconds(nanoseconds: bigint): number {
  return fromNanoseconds(BigInt.asIntN(64, nanoseconds));
}
