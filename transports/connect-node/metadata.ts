/** Between a call's own metadata and HTTP/2 header fields, where gRPC keeps its own beside them. */
import { Code, ConnectError } from "@connectrpc/connect";
import { describe } from "../../src/values/text.ts";
import { findTrailerError, parseTimeout, setTrailerStatus } from "../calls/connect.ts";
import { asConnectError } from "../calls/connect-error.ts";
import { longestTimerMs } from "../time/clock.ts";

/** Fields that belong to the protocol and not to the caller. Those of a connection are not even allowed in HTTP/2. */
const reserved = new Set([
  "content-type",
  "content-length",
  "te",
  "user-agent",
  "trailer",
  "date",
  "host",
  "connection",
  "proxy-connection",
  "keep-alive",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
]);

/** The caller's own metadata among the fields that came. */
export function ownMetadata(fields: Headers): Headers {
  const own = new Headers();
  fields.forEach((value, name) => {
    if (!reserved.has(name) && !name.startsWith("grpc-") && !name.startsWith(":")) own.append(name, value);
  });
  return own;
}

/**
 * The most that one side sends at once, counted as HTTP/2 does (RFC 9113, 6.5.2). Over some 64 KB, the HTTP/2 of all three runtimes ends
 * the connection with every call on it.
 */
const maxFieldBytes = 48 * 1024;

/** @throws ConnectError for metadata that HTTP/2 would not carry */
function checked(fields: Headers): Headers {
  let size = 0;
  fields.forEach((value, name) => {
    // As grpc-go answers to these.
    if (/[^\t\x20-\x7e\x80-\xff]/.test(value)) {
      throw new ConnectError(
        `metadata "${name}" has a control character; send it in base64, as "${name}-bin"`,
        Code.Internal,
      );
    }
    size += name.length + value.length + 32;
  });
  if (size <= maxFieldBytes) return fields;
  throw new ConnectError(
    `metadata of ${size} bytes is longer than the limit of ${maxFieldBytes} bytes`,
    Code.ResourceExhausted,
  );
}

/** @throws ConnectError for metadata that cannot be sent */
export function requestFields(header: Headers, timeoutMs: number | undefined): Headers {
  const fields = ownMetadata(header);
  fields.set("content-type", "application/grpc+proto");
  fields.set("te", "trailers");
  fields.set("user-agent", "loopp");
  if (timeoutMs !== undefined) fields.set("grpc-timeout", formatTimeout(timeoutMs));
  return checked(fields);
}

/** @throws ConnectError for metadata that cannot be sent */
export function responseFields(header: Headers): Headers {
  const fields = ownMetadata(header);
  fields.set("content-type", "application/grpc+proto");
  return checked(fields);
}

/** At most eight digits, whole ones: anything else is refused by grpc-go, some of it as a protocol error. */
export function formatTimeout(timeoutMs: number): string {
  const whole = Math.max(0, Math.ceil(timeoutMs));
  return whole <= 99_999_999 ? `${whole}m` : `${Math.min(99_999_999, Math.ceil(whole / 1000))}S`;
}

/** @throws ConnectError InvalidArgument for a deadline that is not in gRPC's form */
export function readTimeout(fields: Headers): number | undefined {
  const { timeoutMs, error } = parseTimeout(fields.get("grpc-timeout"), Number.POSITIVE_INFINITY);
  if (error !== undefined) throw error;
  return timeoutMs !== undefined && timeoutMs < longestTimerMs ? timeoutMs : undefined;
}

/** What compresses messages, of all that gRPC has a name for. The answer to another one lists them. (gRPC, "Compression") */
export const knownEncodings = "identity";

/** @throws ConnectError Unimplemented for messages that are compressed in a way that is not read here */
export function checkEncoding(fields: Headers): void {
  const encoding = fields.get("grpc-encoding") ?? knownEncodings;
  if (encoding === knownEncodings) return;
  const message = `messages compressed with ${describe(encoding)} are not read; there is only "${knownEncodings}"`;
  throw new ConnectError(message, Code.Unimplemented);
}

/** What cannot be sent is left out, so that at least a status arrives, which says so. */
export function trailerFields(trailer: Headers, error?: ConnectError): Headers {
  try {
    return checked(statusFields(ownMetadata(trailer), error));
  } catch (thrown) {
    const unfit = asConnectError(thrown);
    if (error === undefined) return statusFields(new Headers(), unfit);
    // The text itself is never too long.
    const text = `${error.rawMessage} (the rest is left out: ${unfit.rawMessage})`;
    return statusFields(new Headers(), new ConnectError(text, error.code));
  }
}

function statusFields(fields: Headers, error: ConnectError | undefined): Headers {
  if (error === undefined) {
    fields.set("grpc-status", "0");
    return fields;
  }
  // A fresh error: Connect looks at where an error came from and leaves out the metadata of one from a wire; a proxy must not.
  const status = new ConnectError(error.rawMessage.toWellFormed(), error.code);
  status.details = error.details;
  return setTrailerStatus(fields, status);
}

/** The status in a response's last fields: an error, "ok", or none at all. */
export function readStatus(fields: Headers): ConnectError | "ok" | undefined {
  if (!fields.has("grpc-status") && !fields.has("grpc-status-details-bin")) return undefined;
  const found = findError(fields);
  if (found === undefined) return "ok";
  const error = new ConnectError(found.rawMessage, found.code, ownMetadata(fields));
  error.details = found.details;
  return error;
}

/** A status that cannot be decoded is still an error, with the code that it has and its text as it came. */
function findError(fields: Headers): ConnectError | undefined {
  try {
    const found = findTrailerError(fields);
    if (found === undefined || found.code in Code) return found;
    return new ConnectError(`invalid status code ${found.code}: ${found.rawMessage}`, Code.Internal);
  } catch {
    const code = Number(fields.get("grpc-status") ?? Number.NaN);
    return new ConnectError(fields.get("grpc-message") ?? "", code in Code ? code : Code.Internal);
  }
}
