/** Values as text, for messages. */
import { inspect } from "node:util";

/** Any value as a string; an object without a text of its own by its content. Never throws, though the conversion of some values does. */
export function textOf(value: unknown): string {
  try {
    if (typeof value !== "object" || value === null) return String(value);
    return ownText(value) ?? contentOf(value);
  } catch {
    return "[no text]";
  }
}

/** What an object says of itself, such as a URL or a date; `undefined` where that is only that it is an object. */
function ownText(value: object): string | undefined {
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return undefined;
  try {
    const text = String(value);
    return text.startsWith("[object ") ? undefined : text;
  } catch {
    return undefined;
  }
}

const stackFrames = /\n\s+at (?:[^\n(]*\([^\n)]*\)|(?:async )?[^\s,]+)/g;

/** An object as a console shows it, on one line, without the stacks of errors in it. It runs nothing of the object's own. */
function contentOf(value: object): string {
  const shown = inspect(value, {
    depth: 2,
    compact: true,
    breakLength: Number.POSITIVE_INFINITY,
    maxArrayLength: 20,
    maxStringLength: 1000,
    customInspect: false,
  });
  return shown.replace(stackFrames, "").replace(/\s*\n\s*/g, " ");
}

/** With a capital first letter. */
export function capitalize(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** The first `most` characters, with "..." after them where there are more. */
export function shorten(text: string, most = 40): string {
  return text.length > most ? `${text.slice(0, most)}...` : text;
}

/**
 * A value in a few words: a string in quotes and shortened, an object by its type, anything else as text.
 * @param object the word for an object. @default "an object"
 */
export function describe(value: unknown, object = "an object"): string {
  if (typeof value === "string") return JSON.stringify(shorten(value, 60));
  if (Array.isArray(value)) return "a list";
  if (value instanceof Date) return "a date";
  if (typeof value === "function") return "a function";
  return typeof value === "object" && value !== null ? object : shorten(textOf(value));
}
