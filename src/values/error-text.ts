/** The message of anything thrown. Any value can be thrown, so these functions never throw themselves. */
import { types } from "node:util";
import { textOf } from "./text.ts";

/**
 * The most of an error's text that is told, in bytes of UTF-8: as much as fits a gRPC status in any encoding, and one length for all
 * that is thrown, wherever it is thrown.
 */
export const maxErrorTextBytes = 8 * 1024;
/** Errors of an AggregateError that are told. */
const mostTold = 10;

/**
 * The text of anything thrown: an error's message without its name, or its code or name if it has no message, and the errors that an
 * AggregateError is made of; an object by its content. Longer ones are cut (see {@link cutErrorText}).
 */
export function errorText(thrown: unknown): string {
  return cutErrorText(fullText(thrown, 2).toWellFormed());
}

function fullText(thrown: unknown, depth: number): string {
  try {
    if (!isError(thrown)) return textOf(thrown);
    const { message } = thrown;
    const text = textOf(message || errorCode(thrown) || thrown.name);
    return depth > 0 && thrown instanceof AggregateError ? withErrors(text, thrown.errors, depth) : text;
  } catch {
    return "[no text]";
  }
}

/** What the text does not say already of the errors that it is about. */
function withErrors(text: string, errors: readonly unknown[], depth: number): string {
  const texts = errors.slice(0, mostTold).map((error) => fullText(error, depth - 1));
  const untold = texts.filter((one) => !text.includes(one));
  const rest = errors.length > mostTold ? [`${errors.length - mostTold} more`] : [];
  return untold.length === 0 ? text : `${text}: ${[...untold, ...rest].join("; ")}`;
}

/** Also one of another realm, such as a `vm` context. @throws what an object throws that refuses to be looked at */
function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value);
}

const encoder = new TextEncoder();

/** The beginning of a text that is longer than {@link maxErrorTextBytes}, and how long it was. */
export function cutErrorText(text: string): string {
  // Three bytes of UTF-8 are the most for one character of a string.
  if (text.length * 3 <= maxErrorTextBytes) return text;
  const whole = encoder.encodeInto(text, new Uint8Array(maxErrorTextBytes));
  if (whole.read === text.length) return text;
  const end = `... (cut: ${text.length} characters)`;
  const { read } = encoder.encodeInto(text, new Uint8Array(maxErrorTextBytes - end.length));
  return `${text.slice(0, read)}${end}`;
}

/** The stack of anything thrown, or its text where it has none; longer ones are cut as texts are. */
export function stackText(thrown: unknown): string {
  try {
    if (isError(thrown) && thrown.stack) return cutErrorText(textOf(thrown.stack));
  } catch {
    // It refuses to be looked at.
  }
  return errorText(thrown);
}

/** The code that the system or the runtime gave an error, such as "ENOENT"; `undefined` if it has none. */
export function errorCode(thrown: unknown): string | undefined {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" ? thrown.code : undefined;
}

/** Anything thrown as an error: the value itself if it is one. */
export function asError(thrown: unknown): Error {
  try {
    if (isError(thrown)) return thrown;
  } catch {
    // It refuses to be looked at.
  }
  return new Error(errorText(thrown));
}
