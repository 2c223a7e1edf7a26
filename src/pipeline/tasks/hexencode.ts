/** `hexencode`: a text, bytes or a whole number in hex digits, after `0x`. */
import { isLosslessNumber } from "lossless-json";
import { toHex } from "../../values/bytes.ts";
import { toBytes } from "../bytes.ts";
import { describeValue, isDecimal, toDecimal } from "../decimal.ts";
import type { Value } from "../types.ts";
import { conversionTask } from "./conversion.ts";
import { asIs } from "./inputs.ts";

export const hexencodeTask = conversionTask("hexencode", asIs, encode);

function encode(value: Value): string {
  const digits = hexOf(value);
  return digits === "" ? "" : `0x${digits}`;
}

/** Of a text that begins with `0x` these are the characters, not the hex digits. */
function hexOf(value: Value): string {
  if (typeof value === "string") return toHex(new TextEncoder().encode(value));
  if (!isDecimal(value) && !isLosslessNumber(value)) return toHex(toBytes(value));
  const number = toDecimal(value);
  if (number.lt(0) || !number.round(0, 0).eq(number)) {
    throw new RangeError(`Expected a whole number that is not negative, got ${describeValue(value)}`);
  }
  return BigInt(number.toFixed(0)).toString(16);
}
