/** An entry of a log as it leaves a plugin: only what JSON can carry, and no longer than a line. */

import { isDeeperThan } from "../../src/values/depth.ts";
import { errorText } from "../../src/values/error-text.ts";
import { textOf } from "../../src/values/text.ts";
import type { LogEntry } from "../plugin.ts";

/** The longest line that is read as one, in characters and bytes: as in go-plugin's hosts. */
export const maxLineLength = 64 * 1024;

/** Of an entry's message, stack and fields: with what stands around them in JSON, a line. */
export const maxEntryChars = 63 * 1024;

/** How deeply a field may be nested; what is deeper is its JSON as a text. */
export const maxFieldDepth = 10;

/** Behind text that was cut. */
export const cutMark = " [cut]";

export interface PlainEntry {
  readonly entry: LogEntry;
  /** How long it is, with all that is in it. */
  readonly chars: number;
}

/**
 * The message is cut at its end where it is too long, and then the stack and the fields, in their order. Fields for which there is
 * no room at all are left out.
 */
export function plainEntry({ message, fields, stacktrace, ...rest }: LogEntry, maxChars = maxEntryChars): PlainEntry {
  let left = maxChars;
  const keep = (text: string) => {
    const part = cutText(text, left);
    left -= part.length;
    return part;
  };
  const shown = { ...rest, message: keep(textOf(message)) };
  const stack = stacktrace === undefined ? undefined : keep(stacktrace);
  const kept: [name: string, value: unknown][] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (left <= 0) break;
    const { plain, text } = plainValue(value);
    const key = keep(name);
    // Only a text can be cut.
    const shortened = keep(text);
    kept.push([key, shortened === text ? plain : shortened]);
  }
  const entry = { ...shown, fields: Object.fromEntries(kept), ...(stack === undefined ? {} : { stacktrace: stack }) };
  return { entry, chars: maxChars - left };
}

/** A text of at most so many characters, and {@link cutMark} where there were more. */
export function cutText(text: string, most: number): string {
  if (text.length <= most) return text;
  const end = Math.max(0, most);
  const part = text.slice(0, isHighSurrogate(text.charCodeAt(end - 1)) ? end - 1 : end);
  // A copy: to an engine, a part may be the whole text and a place in it.
  return Buffer.from(`${part}${cutMark}`, "utf16le").toString("utf16le");
}

/** Whether a character goes on behind this half of it. */
export function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}

interface PlainValue {
  /** JSON where it is JSON already, text for the rest. */
  readonly plain: unknown;
  /** The same as text. */
  readonly text: string;
}

function plainValue(value: unknown): PlainValue {
  switch (typeof value) {
    case "boolean":
      return { plain: value, text: String(value) };
    case "number":
      return Number.isFinite(value) ? { plain: value, text: String(value) } : plainText(value);
    case "object":
      if (value === null) return { plain: null, text: "null" };
      if (value instanceof Error) return plainText(errorText(value));
      try {
        const json = JSON.stringify(value, (_, inner) => (typeof inner === "bigint" ? inner.toString() : inner));
        const isTooMuch = json.length > maxEntryChars || isDeeperThan(json, maxFieldDepth);
        return { plain: isTooMuch ? json : JSON.parse(json), text: json };
      } catch {
        return plainText(value);
      }
    default:
      return plainText(value);
  }
}

function plainText(value: unknown): PlainValue {
  const text = textOf(value);
  return { plain: text, text };
}
