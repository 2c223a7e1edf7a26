/** JSON whose numbers keep every digit. */

import { Buffer } from "node:buffer";
import { isLosslessNumber, parse, stringify } from "lossless-json";
import { isDeeperThan, maxDepth } from "../values/depth.ts";
import { errorText } from "../values/error-text.ts";
import { isBytes } from "./bytes.ts";
import { isDecimal } from "./decimal.ts";
import type { Value } from "./types.ts";

/**
 * Reads JSON. Numbers become LosslessNumbers, which keep their digits as a string. Of two equal keys the later one counts, as in
 * Go.
 * @throws SyntaxError that says what is wrong with the text
 */
export function parseJson(text: string): Value {
  // The parser is recursive.
  if (isDeeperThan(text, maxDepth)) throw new SyntaxError(`JSON must not be nested more than ${maxDepth} levels deep`);
  let parsed: unknown;
  try {
    parsed = parse(text, undefined, { onDuplicateKey: ({ newValue }) => newValue });
  } catch (cause) {
    throw new SyntaxError(`Not JSON: ${errorText(cause)}`, { cause });
  }
  return parsed as Value;
}

/** Writes JSON; decimals are written as numbers, with all their digits, and bytes in Base64, as in Go. */
export function stringifyJson(value: Value): string {
  return stringify(value, base64, undefined, [{ test: isDecimal, stringify: decimalText }]) ?? "null";
}

function base64(_key: string, value: unknown): unknown {
  return isBytes(value) ? Buffer.from(value).toString("base64") : value;
}

function decimalText(value: unknown): string {
  return isDecimal(value) ? value.toFixed() : "null";
}

/** Whether a value is a JSON object, and not one of the objects that stand for numbers. */
export function isJsonObject(value: unknown): value is { readonly [key: string]: Value } {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !isDecimal(value) &&
    !isBytes(value) &&
    !isLosslessNumber(value)
  );
}
