/** Encodes and decodes a median observation, the contribution of one oracle to a round. */
import { create, toBinary } from "@bufbuild/protobuf";
import { NumericalMedianObservationProtoSchema } from "../../../proto/gen/median/observation_pb.ts";
import { decodeInt192, encodeInt192, int192Length } from "../../values/int192.ts";
import { readFields, type WireField } from "./wire.ts";

export interface MedianObservation {
  /** Seconds since 1970, uint32. */
  readonly timestamp: number;
  readonly value: bigint;
  readonly juelsPerFeeCoin: bigint;
  /** Left out when the contract reads the gas price itself; parsed as 0 then. */
  readonly gasPriceSubunits?: bigint;
}

/** The limit that is declared to the oracle engine, in bytes: a uint32, three int192, and 16 bytes for the fields' tags. */
export const maxObservationLength = 4 + 3 * int192Length + 16;

/** @throws RangeError when a number is outside int192 */
export function encodeObservation(observation: MedianObservation): Uint8Array {
  const { timestamp, value, juelsPerFeeCoin, gasPriceSubunits } = observation;
  return toBinary(
    NumericalMedianObservationProtoSchema,
    create(NumericalMedianObservationProtoSchema, {
      timestamp,
      value: encodeInt192(value, "value"),
      juelsPerFeeCoin: encodeInt192(juelsPerFeeCoin, "juelsPerFeeCoin"),
      ...(gasPriceSubunits !== undefined && {
        gasPriceSubunits: encodeInt192(gasPriceSubunits, "gasPriceSubunits"),
      }),
    }),
  );
}

/**
 * Reads an observation of any oracle, exactly as Go's implementation does.
 * @throws SyntaxError when the bytes are not an observation
 * @throws RangeError when a number does not have exactly 24 bytes
 */
export function parseObservation(encoded: Uint8Array): Required<MedianObservation> {
  let timestamp = 0;
  const numbers = new Map<number, Uint8Array>();
  for (const { number, value } of fieldsOf(encoded)) {
    if (number === 1 && typeof value === "bigint") timestamp = Number(BigInt.asUintN(32, value));
    if (value instanceof Uint8Array) numbers.set(number, value);
  }
  const bytesOf = (number: number) => numbers.get(number) ?? new Uint8Array();
  const gasPriceSubunits = bytesOf(4);
  return {
    timestamp,
    value: decodeInt192(bytesOf(2), "value"),
    juelsPerFeeCoin: decodeInt192(bytesOf(3), "juelsPerFeeCoin"),
    gasPriceSubunits: gasPriceSubunits.length === 0 ? 0n : decodeInt192(gasPriceSubunits, "gasPriceSubunits"),
  };
}

function fieldsOf(encoded: Uint8Array): readonly WireField[] {
  try {
    return readFields(encoded);
  } catch (cause) {
    throw new SyntaxError("Cannot read the observation: the bytes are not a NumericalMedianObservationProto", {
      cause,
    });
  }
}
