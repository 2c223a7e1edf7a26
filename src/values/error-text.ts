/** What was thrown, for people. Anything can be thrown, and a message about it is no reason to fail. */
import { textOf } from "./text.ts";

/** The text of anything thrown: an error's message, without its name; for one with no message its code or its name. Never throws. */
export function errorText(thrown: unknown): string {
  try {
    if (!(thrown instanceof Error)) return textOf(thrown);
    const { message, code, name } = thrown as Error & { readonly code?: unknown };
    return textOf(message || code || name);
  } catch {
    return textOf(thrown);
  }
}

/** Anything thrown as an error: itself if it is one. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(errorText(thrown));
}
