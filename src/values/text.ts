/** Values as text, for messages. */

/** Any value as a string. Never throws, though the conversion of some values does. */
export function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return "[no text]";
  }
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
