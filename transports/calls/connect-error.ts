/**
 * Errors of Connect in the form that their type says. Any value can be thrown, the fields of an error can hold anything, and one error may
 * be thrown for many calls: what is made here has a text, a code, metadata and details, and belongs to one call.
 */
import { Code, ConnectError } from "@connectrpc/connect";
import { errorText } from "../../src/values/error-text.ts";
import type { Metadata } from "../connection.ts";
import { appendTo } from "./metadata.ts";

/**
 * Anything thrown as a ConnectError, as `ConnectError.from` makes it: the error itself if it is one in form. Never throws.
 * @param code of what has none. @default Unknown
 */
export function asConnectError(thrown: unknown, code: Code = Code.Unknown): ConnectError {
  try {
    if (isOne(thrown)) return inForm(thrown);
    // Its rejection is told by this error, and would be unhandled otherwise.
    if (thrown instanceof Promise) thrown.catch(() => {});
    // As Connect has it for errors of the fetch API.
    if (isNamed(thrown, "AbortError") || isNamed(thrown, "TimeoutError")) {
      return new ConnectError(errorText(thrown), Code.Canceled);
    }
  } catch {
    // It refuses to be looked at.
  }
  return new ConnectError(errorText(thrown), code, undefined, undefined, thrown);
}

function isNamed(thrown: unknown, name: string): boolean {
  return thrown instanceof Error && thrown.name === name;
}

/** A plugin may have a copy of Connect's code of its own, by which Connect knows an error only where all of it is in form. */
function isOne(thrown: unknown): thrown is ConnectError {
  if (thrown instanceof ConnectError) return true;
  return isNamed(thrown, "ConnectError") && "rawMessage" in (thrown as Error);
}

/** The error itself where its fields are what they should be. A code that is none of gRPC's is told in the text. */
function inForm(error: ConnectError): ConnectError {
  const { rawMessage, code, metadata, details } = error;
  const isCode = isStatusCode(code);
  const text = typeof rawMessage === "string" ? rawMessage : errorText(rawMessage);
  if (isCode && text === rawMessage && metadata instanceof Headers && Array.isArray(details)) return error;
  return copyOf(error, {
    message: isCode ? text : `${text} (with ${errorText(code)}, which is not a status code)`,
    code: isCode ? code : Code.Unknown,
  });
}

function isStatusCode(code: unknown): code is Code {
  return typeof code === "number" && code in Code;
}

/** A copy of an error that may be thrown again elsewhere, with more metadata or other fields. */
export function copyOf(
  error: ConnectError,
  changed: { message?: string; code?: Code; details?: ConnectError["details"]; metadata?: Headers } = {},
): ConnectError {
  const { message = error.rawMessage, code = error.code, details = error.details, metadata = error.metadata } = changed;
  const copy = new ConnectError(message, code, asHeaders(metadata), undefined, error.cause);
  copy.details = Array.isArray(details) ? details : [];
  return copy;
}

function asHeaders(metadata: unknown): Headers {
  try {
    return new Headers(metadata as Headers);
  } catch {
    return new Headers();
  }
}

/** The same error with more metadata. Not added to the error itself: one may be thrown for many calls. */
export function withMetadata(error: ConnectError, added: Metadata): ConnectError {
  const metadata = new Headers(error.metadata);
  appendTo(metadata, added);
  return copyOf(error, { metadata });
}

/** The text of anything thrown, without the code that Connect writes before it. Never throws. */
export function textWithoutCode(thrown: unknown): string {
  return errorText(isConnectError(thrown) ? thrown.rawMessage : thrown);
}

function isConnectError(thrown: unknown): thrown is ConnectError {
  try {
    return isOne(thrown);
  } catch {
    return false;
  }
}
