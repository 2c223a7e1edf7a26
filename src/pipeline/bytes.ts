/** Texts and bytes among the values of a pipeline, which stand for each other as in Chainlink's. */
import { fromHex } from "../values/bytes.ts";
import { describeValue } from "./decimal.ts";
import type { Value } from "./types.ts";

export function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array;
}

/** A text, or bytes as UTF-8. @throws TypeError for any other value */
export function toText(value: Value): string {
  if (typeof value === "string") return value;
  if (isBytes(value)) return new TextDecoder().decode(value);
  throw new TypeError(`Expected a string, got ${describeValue(value)}`);
}

/**
 * Bytes: those of the hex digits in a text that begins with `0x`, else those of the text itself; none for null.
 * @throws TypeError for any other value
 */
export function toBytes(value: Value): Uint8Array {
  if (isBytes(value)) return value;
  if (value === null) return new Uint8Array();
  if (typeof value !== "string") throw new TypeError(`Expected a string or bytes, got ${describeValue(value)}`);
  return /^0x(?:[0-9a-f]{2})*$/i.test(value) ? fromHex(value.slice(2)) : new TextEncoder().encode(value);
}
