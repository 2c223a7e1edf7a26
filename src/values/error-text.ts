/** What was thrown, for people. Anything can be thrown, and a message about it is no reason to fail. */
import { textOf } from "./text.ts";

/** The text of anything thrown: an error's message, without its name; for one with no message its code or its name. Never throws. */
export function errorText(thrown: unknown): string {
  try {
    if (!(thrown instanceof Error)) return textOf(thrown);
    return textOf(thrown.message || errorCode(thrown) || thrown.name);
  } catch {
    return textOf(thrown);
  }
}

/** The code that the system or the runtime gave an error, such as "ENOENT"; `undefined` for all that has none. */
export function errorCode(thrown: unknown): string | undefined {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" ? thrown.code : undefined;
}

/** Anything thrown as an error: itself if it is one. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(errorText(thrown));
}
