/** The message of anything thrown. Any value can be thrown, so these functions never throw themselves. */
import { textOf } from "./text.ts";

/** The text of anything thrown: an error's message without its name, or its code or name if it has no message. */
export function errorText(thrown: unknown): string {
  try {
    if (!(thrown instanceof Error)) return textOf(thrown);
    return textOf(thrown.message || errorCode(thrown) || thrown.name);
  } catch {
    return textOf(thrown);
  }
}

/** The code that the system or the runtime gave an error, such as "ENOENT"; `undefined` if it has none. */
export function errorCode(thrown: unknown): string | undefined {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" ? thrown.code : undefined;
}

/** Anything thrown as an error: the value itself if it is one. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(errorText(thrown));
}
