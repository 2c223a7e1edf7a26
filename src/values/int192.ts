/** int192, the number format of the median product: 24 bytes, big-endian two's complement. */
import { fromHex, toHex } from "./bytes.ts";

/** Length in bytes of every encoded int192. */
export const int192Length = 24;
export const minInt192 = -(1n << 191n);
export const maxInt192 = (1n << 191n) - 1n;

/**
 * @param name what the number is, for the error
 * @throws RangeError when the value is outside int192
 */
export function encodeInt192(value: bigint, name = "the number"): Uint8Array {
  if (value < minInt192 || value > maxInt192) {
    throw new RangeError(`Cannot encode ${name} as int192: ${value} is outside -2^191 to 2^191 - 1`);
  }
  const digits = BigInt.asUintN(192, value).toString(16);
  return fromHex(digits.padStart(2 * int192Length, "0"));
}

/**
 * @param name what the number is, for the error
 * @throws RangeError unless there are exactly 24 bytes
 */
export function decodeInt192(bytes: Uint8Array, name = "the number"): bigint {
  if (bytes.length !== int192Length) {
    throw new RangeError(`Cannot decode ${name}: an int192 has ${int192Length} bytes, got ${bytes.length}`);
  }
  return BigInt.asIntN(192, BigInt(`0x${toHex(bytes)}`));
}
