/** The errors of calls, the same on every transport. */
import { create, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { PluginExitSchema } from "../../proto/gen/loopp/v1/exit_pb.ts";
import { cutErrorText, errorText } from "../../src/values/error-text.ts";
import { describe, shorten } from "../../src/values/text.ts";
import { LaunchError, type PluginExit } from "../transport.ts";
import { asConnectError, copyOf } from "./connect-error.ts";

/**
 * What a caller gets for what an implementation threw. A ConnectError stays as it is where it can travel; an aborted wait is
 * Canceled; anything else is Unknown with its text, as in Go (grpc-go's answer to a plain error). A text that is too long is cut (see
 * {@link cutErrorText}), and stacks stay where they are. Never throws.
 */
export function errorFromHandler(thrown: unknown): ConnectError {
  const error = withSoundDetails(asConnectError(thrown));
  const message = cutErrorText(error.rawMessage.toWellFormed());
  return message === error.rawMessage ? error : copyOf(error, { message });
}

/** Details that cannot be encoded would throw where an error is on its way: it goes without, and its text says so. */
function withSoundDetails(error: ConnectError): ConnectError {
  try {
    wireDetails(error);
    return error;
  } catch (cause) {
    const message = `${error.rawMessage} (without its details: cannot encode them: ${errorText(cause)})`;
    return copyOf(error, { message, details: [] });
  }
}

export function unimplemented(path: string): ConnectError {
  return new ConnectError(`${nameOf(path)} is not implemented`, Code.Unimplemented);
}

/** `package.Service.Method` */
function nameOf(path: string): string {
  return path.slice(1).replace("/", ".");
}

/** The error of a call, or of something that calls wait for, that took too long. */
export function deadlineExceeded(message: string): ConnectError {
  return new ConnectError(message, Code.DeadlineExceeded);
}

/** The error of a call whose deadline has passed. */
export function timedOut(): ConnectError {
  return deadlineExceeded("the operation timed out");
}

/** @throws ConnectError for a time limit that is not a number: it was calculated wrongly, which is not the same as no limit */
export function checkTimeout(timeoutMs: unknown): void {
  if (timeoutMs === undefined || (typeof timeoutMs === "number" && !Number.isNaN(timeoutMs))) return;
  throw noTimeout(timeoutMs);
}

/** The error of a call with a time limit that is not a number. */
export function noTimeout(timeoutMs: unknown): ConnectError {
  const message = `timeoutMs is ${describe(timeoutMs)}: give a number of milliseconds, or leave it out`;
  return new ConnectError(message, Code.InvalidArgument);
}

/** The cardinality errors of gRPC: a unary side has one message, not none and not two. */
export function wrongCardinality(path: string, what: "no" | "a second", side: "request" | "response"): ConnectError {
  return new ConnectError(`${nameOf(path)} got ${what} ${side} message`, Code.Unimplemented);
}

/** The error of every call that is cut off by the end of a plugin's instance. */
export function exitError(plugin: string, generation: number, exit: PluginExit): ConnectError {
  const detail = create(PluginExitSchema, {
    plugin,
    generation,
    reason: exit.reason,
    signal: exit.signal ?? "",
    message: exit.message ?? "",
    lastStderr: [...exit.lastStderr],
    ...(exit.code === undefined ? {} : { code: exit.code }),
  });
  return new ConnectError(`plugin "${plugin}" ended: ${describeExit(exit)}`, Code.Unavailable, undefined, [
    { desc: PluginExitSchema, value: detail },
  ]);
}

/** The reason of an end that was not asked for, by its code: without an error where it is 0. */
export function endedByItself(code: number | undefined): "exited" | "crashed" {
  return code === 0 ? "exited" : "crashed";
}

/** One line for people: `crashed (exit code 1)`, `killed (SIGKILL)`. */
export function describeExit(exit: PluginExit): string {
  const facts = [exit.signal ?? (exit.code === undefined ? undefined : `exit code ${exit.code}`), exit.message].filter(
    (fact) => fact !== undefined,
  );
  return facts.length === 0 ? exit.reason : `${exit.reason} (${facts.join(": ")})`;
}

/** Of a line that says why, in characters. */
const longestReason = 1000;

/** The error of a launch whose plugin ended before it could be called. */
export function endedEarly(exit: PluginExit): LaunchError {
  const { lastStderr } = exit;
  // Where the exit has no message of its own, the last line mostly says why.
  const last = exit.message === undefined ? lastStderr.at(-1) : undefined;
  const said = last === undefined ? "" : `: ${shorten(last, longestReason)}`;
  return new LaunchError("launch-failed", `The plugin ended before it was ready: ${describeExit(exit)}${said}`, {
    lastStderr,
  });
}

/** The exit that cut a call off, if that is what an error says. */
export function findExit(error: unknown): { plugin: string; generation: number; reason: string } | undefined {
  return error instanceof ConnectError ? error.findDetails(PluginExitSchema)[0] : undefined;
}

/**
 * An error's details as they travel. Connect keeps those that were made here and those that came over a wire in two forms.
 * @throws Error for one that has neither, or cannot be encoded
 */
export function wireDetails(error: ConnectError): { type: string; value: Uint8Array }[] {
  return error.details.map((detail) => {
    if ("desc" in detail) {
      return { type: detail.desc.typeName, value: toBinary(detail.desc, create(detail.desc, detail.value)) };
    }
    const { type, value } = detail;
    if (typeof type === "string" && value instanceof Uint8Array) return { type, value };
    throw new TypeError("one has neither a schema nor a type and bytes");
  });
}

/** The error of calls over a brokered connection that this side has closed. */
export function connectionClosed(id: number): ConnectError {
  return new ConnectError(`brokered connection ${id} was closed`, Code.Canceled);
}
