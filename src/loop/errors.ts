/**
 * What LOOP adds to errors across a call. Transports already turn a plain error into Unknown with its full text, as Go
 * does; this file keeps the codes honest beyond that.
 */
import { Code, ConnectError } from "@connectrpc/connect";
import { textWithoutCode } from "../../transports/calls/errors.ts";

/**
 * The error with which a handler answers for what its implementation threw.
 *
 * A ConnectError keeps its code and text, and loses the metadata and details of the call that it came from. Unavailable
 * becomes Unknown: Chainlink's hosts take Unavailable, and nothing else, for a dead connection and make the resource anew,
 * and here it means only that something behind the implementation is gone. A passed time limit is DeadlineExceeded.
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
 * An error with `prefix` before its text, as Go wraps errors: one with a code keeps it, and its metadata and details;
 * anything else stays a plain error.
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

/** One error for several that came at once: all their texts, and the code of the first that has one, as Go joins errors. */
export function joined(errors: readonly unknown[]): Error {
  const [first] = errors;
  if (errors.length === 1 && first instanceof Error) return first;
  const text = errors.map(textWithoutCode).join("; ");
  const code = errors.map(codeOf).find((own) => own !== undefined);
  const cause = new AggregateError(errors, text);
  return code === undefined ? new Error(text, { cause }) : new ConnectError(text, code, undefined, undefined, cause);
}

/** The gRPC code of an error that has one, or whose name stands for one as Go's context errors do. */
function codeOf(thrown: unknown): Code | undefined {
  if (thrown instanceof ConnectError) return thrown.code;
  if (!(thrown instanceof Error)) return undefined;
  if (thrown.name === "TimeoutError") return Code.DeadlineExceeded;
  return thrown.name === "AbortError" ? Code.Canceled : undefined;
}
