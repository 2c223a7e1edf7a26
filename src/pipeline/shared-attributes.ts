/** The attributes that tasks of every type have. */
import { describe } from "../values/text.ts";
import type { Attributes } from "./attributes.ts";
import type { SharedAttributes } from "./types.ts";

export const sharedAttributes: readonly string[] = [
  "type",
  "timeout",
  "retries",
  "minBackoff",
  "maxBackoff",
  "failEarly",
  "index",
  "tags",
  "streamID",
];

const maxRetries = 1000;
const maxIndex = 2 ** 31 - 1;
const defaultMinBackoffMs = 5_000;
const defaultMaxBackoffMs = 60_000;

/** Reads them. `timeout = "0s"` is no timeout, not even the default one; a wait of zero is the default. */
export function readSharedAttributes(attributes: Attributes): SharedAttributes {
  const timeoutMs = attributes.duration("timeout");
  const minBackoffMs = attributes.duration("minBackoff") || defaultMinBackoffMs;
  const maxBackoffMs = attributes.duration("maxBackoff") || Math.max(defaultMaxBackoffMs, minBackoffMs);
  // For Chainlink's own use.
  whole(attributes, "streamID", 2 ** 32 - 1);
  return {
    timeoutMs: timeoutMs === 0 ? Infinity : timeoutMs,
    retries: whole(attributes, "retries", maxRetries),
    minBackoffMs,
    maxBackoffMs,
    failEarly: attributes.flag("failEarly") ?? false,
    index: whole(attributes, "index", maxIndex),
  };
}

/** These are needed before any task has run, so they cannot be variables. */
function whole(attributes: Attributes, key: string, most: number): number {
  const text = attributes.literal(key)?.trim();
  if (text === undefined || text === "") return 0;
  if (!/^\d{1,10}$/.test(text) || Number(text) > most) {
    attributes.mistake(key, `Expected a whole number from 0 to ${most}, got ${describe(text)}`);
    return 0;
  }
  return Number(text);
}
