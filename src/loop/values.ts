/**
 * Converts LOOP's values between TypeScript and the wire: integers of any size, digests, small integers, durations,
 * timestamps, UUIDs. Both sides of every call use the same functions, so that a wrong value is refused where it arises, by
 * an error that names it, and not by the other side.
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

/** The reverse of {@link bigIntToWire}. Accepts leading zeros and a negative zero, as Go does. */
export function bigIntFromWire(message: BigIntMessage | undefined): bigint | undefined {
  if (message === undefined) return undefined;
  const magnitude = message.value.length === 0 ? 0n : BigInt(`0x${toHex(message.value)}`);
  return message.negative ? -magnitude : magnitude;
}

/**
 * An integer that must be present.
 * @param what the value's name for the error, such as `median`
 * @throws TypeError when it is absent (Go's nil)
 */
export function requiredBigInt(message: BigIntMessage | undefined, what: string): bigint {
  const value = bigIntFromWire(message);
  if (value === undefined) throw new TypeError(`Cannot read ${what}: unexpected nil big.Int`);
  return value;
}

/**
 * A submessage that must be present: Go dereferences it without a check, so its absence is an error on this side too.
 * @param what the field's name on the wire
 * @throws TypeError when it is absent
 */
export function required<T>(message: T | undefined, what: string): T {
  if (message === undefined) throw new TypeError(`Cannot read the message: its ${what} is missing`);
  return message;
}

/**
 * Checks a config digest, in either direction.
 * @throws RangeError with chainlink-common's text when it does not have exactly 32 bytes
 */
export function configDigest(digest: Uint8Array): Uint8Array {
  if (digest.length !== 32) throw new RangeError(`invalid ConfigDigest len ${digest.length}: must be 32`);
  return digest;
}

/**
 * Checks the hash that binds a report to its round, in either direction.
 * @throws RangeError with chainlink-common's text when it does not have exactly 32 bytes
 */
export function extraHash(hash: Uint8Array): Uint8Array {
  if (hash.length !== 32) throw new RangeError(`invalid ExtraHash len ${hash.length}; must be 32`);
  return hash;
}

/**
 * Checks a uint8 that the wire carries as a uint32, in either direction.
 * @param what the value's name, such as `Round`
 * @throws RangeError with chainlink-common's text when it is not a uint8
 */
export function uint8(value: number, what: string): number {
  if (!Number.isInteger(value) || value < 0 || value > 255) {
    throw new RangeError(`expected uint8 ${what} (max 255) but got ${value}`);
  }
  return value;
}

/**
 * Checks a uint32 before it is sent.
 * @throws RangeError
 */
export function uint32(value: number, what: string): number {
  return integer(value, what, "uint32", 0, 0xffff_ffff);
}

/**
 * Checks an int32 before it is sent.
 * @throws RangeError
 */
export function int32(value: number, what: string): number {
  return integer(value, what, "int32", -0x8000_0000, 0x7fff_ffff);
}

/**
 * Checks a uint64 before it is sent.
 * @throws RangeError
 */
export function uint64(value: bigint, what: string): bigint {
  if (value < 0n || value > 0xffff_ffff_ffff_ffffn) throw new RangeError(`expected uint64 ${what} but got ${value}`);
  return value;
}

/**
 * A count or a length for an int64 or uint64 field.
 * @throws RangeError when it is not an integer, is negative, or is too large for a JavaScript number to be exact
 */
export function countToWire(value: number, what: string): bigint {
  return BigInt(integer(value, what, "length or count", 0, Number.MAX_SAFE_INTEGER));
}

/** The reverse of {@link countToWire}. @throws RangeError */
export function countFromWire(value: bigint, what: string): number {
  return integer(Number(value), what, "length or count", 0, Number.MAX_SAFE_INTEGER);
}

/**
 * Converts milliseconds, fractions included, to a Go duration (nanoseconds, int64).
 * @throws RangeError when it is not finite or does not fit
 */
export function durationToWire(ms: number, what: string): bigint {
  if (!Number.isFinite(ms)) throw new RangeError(`expected a duration in milliseconds for ${what} but got ${ms}`);
  const ns = toNanoseconds(ms);
  if (BigInt.asIntN(64, ns) !== ns) throw new RangeError(`expected a duration of at most 292 years for ${what}`);
  return ns;
}

/** Converts milliseconds to `google.protobuf.Duration`. @throws RangeError as {@link durationToWire} */
export function durationMessageToWire(ms: number, what: string): MessageInitShape<typeof DurationSchema> {
  const ns = durationToWire(ms, what);
  return { seconds: ns / 1_000_000_000n, nanos: Number(ns % 1_000_000_000n) };
}

/** The reverse of {@link durationMessageToWire}; 0 when it is absent, as in Go. */
export function durationMessageFromWire(duration: Duration | undefined): number {
  return duration === undefined ? 0 : Number(duration.seconds) * 1000 + duration.nanos / 1_000_000;
}

/**
 * Converts milliseconds since 1970 to a timestamp.
 * @throws RangeError when it is not finite, before year 1 or after year 9999
 */
export function timestampToWire(ms: number, what: string): MessageInitShape<typeof TimestampSchema> {
  if (!(ms >= -62_135_596_800_000 && ms < 253_402_300_800_000)) {
    throw new RangeError(`expected milliseconds since 1970 for ${what} but got ${ms}`);
  }
  const seconds = Math.floor(ms / 1000);
  // A fraction just below the next second can round up to a whole second.
  const nanos = Math.min(Math.round((ms - seconds * 1000) * 1_000_000), 999_999_999);
  return { seconds: BigInt(seconds), nanos };
}

/** The reverse of {@link timestampToWire}; 1970 when it is absent, as in Go. */
export function timestampFromWire(timestamp: Timestamp | undefined): number {
  return timestamp === undefined ? 0 : Number(timestamp.seconds) * 1000 + timestamp.nanos / 1_000_000;
}

/**
 * The 16 bytes of a UUID.
 * @throws SyntaxError when the string is not a UUID
 */
export function uuidToWire(uuid: string, what: string): Uint8Array {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(uuid)) {
    throw new SyntaxError(
      `Cannot use "${uuid}" as ${what}: it is not a UUID such as 1b4e28ba-2fa1-11d2-883f-0016d3cca427`,
    );
  }
  return fromHex(uuid.replaceAll("-", ""));
}

/**
 * A UUID as a lower-case string.
 * @throws RangeError with chainlink-common's text when there are not exactly 16 bytes
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
