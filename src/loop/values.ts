/**
 * LOOP's values between what implementations see and what the wire carries: integers of any size, digests, small integers,
 * durations, points in time, UUIDs. Both sides of every call use the same functions, so that a wrong value is refused where
 * it arises, by a sentence that names it, and not by the other side.
 */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { Duration, DurationSchema, Timestamp, TimestampSchema } from "@bufbuild/protobuf/wkt";
import { type BigInt as BigIntMessage, BigIntSchema } from "../../proto/gen/loop/relayer_pb.ts";
import { fromHex, toHex } from "../values/bytes.ts";
import { toNanoseconds } from "../values/duration.ts";

/** `loop.BigInt`: `undefined` is Go's nil and stays absent, zero is present and empty. */
export function bigIntToWire(value: bigint): BigIntMessage;
export function bigIntToWire(value: bigint | undefined): BigIntMessage | undefined;
export function bigIntToWire(value: bigint | undefined): BigIntMessage | undefined {
  if (value === undefined) return undefined;
  const negative = value < 0n;
  return create(BigIntSchema, { negative, value: bytesOfMagnitude(negative ? -value : value) });
}

/** The reverse of {@link bigIntToWire}. Leading zeros and a negative zero are taken for what they mean, as in Go. */
export function bigIntFromWire(message: BigIntMessage | undefined): bigint | undefined {
  if (message === undefined) return undefined;
  const magnitude = message.value.length === 0 ? 0n : BigInt(`0x${toHex(message.value)}`);
  return message.negative ? -magnitude : magnitude;
}

/**
 * An integer that must be there.
 * @param what whose value it is, such as `median`
 * @throws TypeError when it is absent (Go's nil)
 */
export function requiredBigInt(message: BigIntMessage | undefined, what: string): bigint {
  const value = bigIntFromWire(message);
  if (value === undefined) throw new TypeError(`Cannot read ${what}: unexpected nil big.Int`);
  return value;
}

/**
 * A submessage that must be there: Go reads it without asking, so its absence is an error on this side, too.
 * @param what the field's name on the wire
 * @throws TypeError when it is absent
 */
export function required<T>(message: T | undefined, what: string): T {
  if (message === undefined) throw new TypeError(`Cannot read the message: its ${what} is missing`);
  return message;
}

/**
 * A config digest, on its way in or out.
 * @throws RangeError when it has not exactly 32 bytes; the text is chainlink-common's
 */
export function configDigest(digest: Uint8Array): Uint8Array {
  if (digest.length !== 32) throw new RangeError(`invalid ConfigDigest len ${digest.length}: must be 32`);
  return digest;
}

/**
 * The hash that binds a report to its round, on its way in or out.
 * @throws RangeError when it has not exactly 32 bytes; the text is chainlink-common's
 */
export function extraHash(hash: Uint8Array): Uint8Array {
  if (hash.length !== 32) throw new RangeError(`invalid ExtraHash len ${hash.length}; must be 32`);
  return hash;
}

/**
 * A number that a uint32 carries and a uint8 means, on its way in or out.
 * @param what the value's name, such as `Round`
 * @throws RangeError above 255, with chainlink-common's text, and for anything else that is not a uint8
 */
export function uint8(value: number, what: string): number {
  if (!Number.isInteger(value) || value < 0 || value > 255) {
    throw new RangeError(`expected uint8 ${what} (max 255) but got ${value}`);
  }
  return value;
}

/**
 * A uint32 on its way out.
 * @throws RangeError
 */
export function uint32(value: number, what: string): number {
  return integer(value, what, "uint32", 0, 0xffff_ffff);
}

/**
 * An int32 on its way out.
 * @throws RangeError
 */
export function int32(value: number, what: string): number {
  return integer(value, what, "int32", -0x8000_0000, 0x7fff_ffff);
}

/**
 * A uint64 on its way out.
 * @throws RangeError
 */
export function uint64(value: bigint, what: string): bigint {
  if (value < 0n || value > 0xffff_ffff_ffff_ffffn) throw new RangeError(`expected uint64 ${what} but got ${value}`);
  return value;
}

/**
 * A number for an int64 or uint64 field, on its way out: a count or a length.
 * @throws RangeError when it is no integer, negative, or too large for a JavaScript number to be exact
 */
export function countToWire(value: number, what: string): bigint {
  return BigInt(integer(value, what, "length or count", 0, Number.MAX_SAFE_INTEGER));
}

/** The reverse of {@link countToWire}. @throws RangeError */
export function countFromWire(value: bigint, what: string): number {
  return integer(Number(value), what, "length or count", 0, Number.MAX_SAFE_INTEGER);
}

/**
 * Milliseconds, fractions included, to a Go duration (nanoseconds, int64).
 * @throws RangeError for anything that is not finite or does not fit
 */
export function durationToWire(ms: number, what: string): bigint {
  if (!Number.isFinite(ms)) throw new RangeError(`expected a duration in milliseconds for ${what} but got ${ms}`);
  const ns = toNanoseconds(ms);
  if (BigInt.asIntN(64, ns) !== ns) throw new RangeError(`expected a duration of at most 292 years for ${what}`);
  return ns;
}

/** Milliseconds to `google.protobuf.Duration`. @throws RangeError as {@link durationToWire} */
export function durationMessageToWire(ms: number, what: string): MessageInitShape<typeof DurationSchema> {
  const ns = durationToWire(ms, what);
  return { seconds: ns / 1_000_000_000n, nanos: Number(ns % 1_000_000_000n) };
}

/** The reverse of {@link durationMessageToWire}; 0 when it is absent, as in Go. */
export function durationMessageFromWire(duration: Duration | undefined): number {
  return duration === undefined ? 0 : Number(duration.seconds) * 1000 + duration.nanos / 1_000_000;
}

/**
 * Milliseconds since 1970 to a timestamp.
 * @throws RangeError for anything that is not finite or before year 1 or after year 9999
 */
export function timestampToWire(ms: number, what: string): MessageInitShape<typeof TimestampSchema> {
  if (!(ms >= -62_135_596_800_000 && ms < 253_402_300_800_000)) {
    throw new RangeError(`expected milliseconds since 1970 for ${what} but got ${ms}`);
  }
  const seconds = Math.floor(ms / 1000);
  // A fraction just below the next second may round up to it.
  const nanos = Math.min(Math.round((ms - seconds * 1000) * 1_000_000), 999_999_999);
  return { seconds: BigInt(seconds), nanos };
}

/** The reverse of {@link timestampToWire}; 1970 when it is absent, as in Go. */
export function timestampFromWire(timestamp: Timestamp | undefined): number {
  return timestamp === undefined ? 0 : Number(timestamp.seconds) * 1000 + timestamp.nanos / 1_000_000;
}

/**
 * The 16 bytes of a UUID in text form.
 * @throws SyntaxError when it is not one
 */
export function uuidToWire(text: string, what: string): Uint8Array {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) {
    throw new SyntaxError(
      `Cannot use "${text}" as ${what}: it is not a UUID such as 1b4e28ba-2fa1-11d2-883f-0016d3cca427`,
    );
  }
  return fromHex(text.replaceAll("-", ""));
}

/**
 * A UUID in text form, lower case.
 * @throws RangeError when there are not exactly 16 bytes; the text is chainlink-common's
 */
export function uuidFromWire(bytes: Uint8Array, what: string): string {
  if (bytes.length !== 16) {
    throw new RangeError(`invalid uuid bytes for ${what}: invalid UUID (got ${bytes.length} bytes)`);
  }
  return toHex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function integer(value: number, what: string, type: string, min: number, max: number): number {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(`expected ${type} ${what} (${min} to ${max}) but got ${value}`);
  }
  return value;
}

function bytesOfMagnitude(magnitude: bigint): Uint8Array<ArrayBuffer> {
  if (magnitude === 0n) return new Uint8Array();
  const digits = magnitude.toString(16);
  return fromHex(digits.length % 2 === 0 ? digits : `0${digits}`);
}
