/**
 * What LOOP does with errors across a call. Transports already turn a plain error into Unknown with its full text, as Go
 * does; this file decides the codes of all other errors.
 */
import { Code, ConnectError } from "@connectrpc/connect";
import { textWithoutCode } from "../../transports/calls/connect-error.ts";

/**
 * The error that a handler answers with when its implementation has thrown.
 *
 * A ConnectError keeps its code and text, and loses the metadata and details of the call that it came from. Unavailable
 * becomes Unknown: to Chainlink's hosts only Unavailable means a dead connection, on which they make the resource again,
 * while here it means that something behind the implementation has ended. A timeout is DeadlineExceeded.
 */
export function errorOfHandler(thrown: unknown): unknown {
  const code = codeOf(thrown);
  if (code === undefined) return thrown;
  if (code === Code.Unavailable) {
    return new ConnectError(`[unavailable] ${textWithoutCode(thrown)}`, Code.Unknown, undefined, undefined, thrown);
  }
  return new ConnectError(textWithoutCode(thrown), code, undefined, undefined, thrown);
}

/**
 * An error with `prefix` before its text, as Go wraps errors. An error with a code keeps the code, the metadata and the
 * details; any other error stays a plain error.
 */
export function prefixed(prefix: string, thrown: unknown): Error {
  const text = `${prefix}: ${textWithoutCode(thrown)}`;
  const code = codeOf(thrown);
  if (code === undefined) return new Error(text, { cause: thrown });
  const error = new ConnectError(text, code, undefined, undefined, thrown);
  if (thrown instanceof ConnectError) {
    thrown.metadata.forEach((value, name) => {
      error.metadata.append(name, value);
    });
    error.details = thrown.details;
  }
  return error;
}

/** One error for several: all their texts, and the code of the first error that has one, as Go joins errors. */
export function joined(errors: readonly unknown[]): Error {
  const [first] = errors;
  if (errors.length === 1 && first instanceof Error) return first;
  const text = errors.map(textWithoutCode).join("; ");
  const code = errors.map(codeOf).find((found) => found !== undefined);
  const cause = new AggregateError(errors, text);
  return code === undefined ? new Error(text, { cause }) : new ConnectError(text, code, undefined, undefined, cause);
}

/** The gRPC code of an error that has one, or whose name maps to one, as Go's context errors do. */
function codeOf(thrown: unknown): Code | undefined {
  if (thrown instanceof ConnectError) return thrown.code;
  if (!(thrown instanceof Error)) return undefined;
  if (thrown.name === "TimeoutError") return Code.DeadlineExceeded;
  return thrown.name === "AbortError" ? Code.Canceled : undefined;
}
