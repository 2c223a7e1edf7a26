/** Converts the median kind's messages to and from the wire. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  LatestTransmissionDetailsReply,
  LatestTransmissionDetailsReplySchema,
  OnchainConfig as OnchainConfigMessage,
  OnchainConfigSchema,
  ParsedAttributedObservation as ParsedAttributedObservationMessage,
  ParsedAttributedObservationSchema,
} from "../../../proto/gen/loop/median_pb.ts";
import {
  bigIntFromWire,
  bigIntToWire,
  configDigest,
  required,
  requiredBigInt,
  timestampFromWire,
  timestampToWire,
  uint8,
  uint32,
} from "../values.ts";
import type { OnchainConfig, ParsedAttributedObservation, RoundRequested, TransmissionDetails } from "./types.ts";

/** @throws RangeError when the timestamp or the observer is out of bounds */
export function observationToWire(
  observation: ParsedAttributedObservation,
): MessageInitShape<typeof ParsedAttributedObservationSchema> {
  return {
    timestamp: uint32(observation.timestamp, "Timestamp"),
    value: bigIntToWire(observation.value),
    julesPerFeeCoin: bigIntToWire(observation.juelsPerFeeCoin),
    observer: uint8(observation.observer, "Observer"),
    gasPriceSubunits: bigIntToWire(observation.gasPriceSubunits),
  };
}

/** @throws TypeError when a number is absent; RangeError when the observer is out of bounds */
export function observationFromWire(message: ParsedAttributedObservationMessage): ParsedAttributedObservation {
  return {
    timestamp: message.timestamp,
    value: requiredBigInt(message.value, "an observation's value"),
    juelsPerFeeCoin: requiredBigInt(message.julesPerFeeCoin, "an observation's juelsPerFeeCoin"),
    // Plugins from before May 2024 do not send it.
    gasPriceSubunits: bigIntFromWire(message.gasPriceSubunits) ?? 0n,
    observer: uint8(message.observer, "Observer"),
  };
}

/** @throws RangeError when a value is out of bounds */
export function roundRequestedToWire(requested: RoundRequested) {
  return {
    configDigest: configDigest(requested.configDigest),
    epoch: uint32(requested.epoch, "Epoch"),
    round: uint8(requested.round, "Round"),
  };
}

/** @throws RangeError when the digest, with chainlink-common's text for this message, or the round is out of bounds */
export function roundRequestedFromWire(message: {
  configDigest: Uint8Array;
  epoch: number;
  round: number;
}): RoundRequested {
  const { configDigest: digest, epoch, round } = message;
  if (digest.length !== 32) throw new RangeError(`expected ConfigDigest length 32 but got ${digest.length}`);
  return { configDigest: digest, epoch, round: uint8(round, "Round") };
}

/** @throws RangeError when a value is out of bounds */
export function transmissionDetailsToWire(
  details: TransmissionDetails,
): MessageInitShape<typeof LatestTransmissionDetailsReplySchema> {
  return {
    ...roundRequestedToWire(details),
    latestAnswer: bigIntToWire(details.latestAnswer),
    latestTimestamp: timestampToWire(details.latestTimestamp, "LatestTimestamp"),
  };
}

/** @throws TypeError when the answer is absent; otherwise as {@link roundRequestedFromWire} */
export function transmissionDetailsFromWire(message: LatestTransmissionDetailsReply): TransmissionDetails {
  return {
    ...roundRequestedFromWire(message),
    latestAnswer: requiredBigInt(message.latestAnswer, "the latest answer"),
    latestTimestamp: timestampFromWire(message.latestTimestamp),
  };
}

export function onchainConfigToWire({ min, max }: OnchainConfig): MessageInitShape<typeof OnchainConfigSchema> {
  return { min: bigIntToWire(min), max: bigIntToWire(max) };
}

/** @throws TypeError when it or one of its bounds is absent */
export function onchainConfigFromWire(message: OnchainConfigMessage | undefined): OnchainConfig {
  const { min, max } = required(message, "onchainConfig");
  return { min: requiredBigInt(min, "the smallest answer"), max: requiredBigInt(max, "the largest answer") };
}
