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
];

const maxRetries = 1000;
const maxIndex = 2 ** 31 - 1;
const defaultMinBackoffMs = 5_000;
const defaultMaxBackoffMs = 60_000;

/** Reads them. `timeout = "0s"` means that the task sets no timeout, as in Chainlink. */
export function readSharedAttributes(attributes: Attributes): SharedAttributes {
  const timeoutMs = attributes.duration("timeout");
  const minBackoffMs = attributes.duration("minBackoff");
  const maxBackoffMs = attributes.duration("maxBackoff");
  if (minBackoffMs !== undefined && maxBackoffMs !== undefined && maxBackoffMs < minBackoffMs) {
    attributes.mistake("maxBackoff", "It is shorter than minBackoff");
  }
  return {
    timeoutMs: timeoutMs === 0 ? undefined : timeoutMs,
    retries: whole(attributes, "retries", maxRetries),
    minBackoffMs: minBackoffMs ?? defaultMinBackoffMs,
    maxBackoffMs: Math.max(maxBackoffMs ?? defaultMaxBackoffMs, minBackoffMs ?? defaultMinBackoffMs),
    failEarly: attributes.flag("failEarly") ?? false,
    index: whole(attributes, "index", maxIndex),
  };
}

/** These are needed before any task has run, so they cannot be variables. */
function whole(attributes: Attributes, key: string, most: number): number {
  const text = attributes.literal(key)?.trim();
  if (text === undefined) return 0;
  if (!/^\d{1,10}$/.test(text) || Number(text) > most) {
    attributes.mistake(key, `Expected a whole number from 0 to ${most}, got ${describe(text)}`);
    return 0;
  }
  return Number(text);
}
