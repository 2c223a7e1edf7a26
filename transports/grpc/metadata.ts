/** Between a call's own metadata and HTTP/2 header fields, where gRPC keeps its own beside them. */
import { Code, ConnectError } from "@connectrpc/connect";
import { findTrailerError, parseTimeout, setTrailerStatus } from "../calls/connect.ts";

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

export function requestFields(header: Headers, timeoutMs: number | undefined): Headers {
  const fields = ownMetadata(header);
  fields.set("content-type", "application/grpc+proto");
  fields.set("te", "trailers");
  fields.set("user-agent", "loopp");
  if (timeoutMs !== undefined) fields.set("grpc-timeout", formatTimeout(timeoutMs));
  return fields;
}

/** At most eight digits, whole ones: anything else is refused by grpc-go, some of it as a protocol error. */
export function formatTimeout(timeoutMs: number): string {
  const whole = Math.max(0, Math.ceil(timeoutMs));
  return whole <= 99_999_999 ? `${whole}m` : `${Math.min(99_999_999, Math.ceil(whole / 1000))}S`;
}

/** The longest time that timers can wait: 24 days. A longer one would fire at once. */
const maxTimeoutMs = 2 ** 31 - 1;

/** @throws ConnectError InvalidArgument for a deadline that is not in gRPC's form */
export function readTimeout(fields: Headers): number | undefined {
  const { timeoutMs, error } = parseTimeout(fields.get("grpc-timeout"), Number.POSITIVE_INFINITY);
  if (error !== undefined) throw error;
  return timeoutMs === undefined ? undefined : Math.min(timeoutMs, maxTimeoutMs);
}

export function trailerFields(trailer: Headers, error?: ConnectError): Headers {
  const fields = ownMetadata(trailer);
  if (error === undefined) {
    fields.set("grpc-status", "0");
    return fields;
  }
  // A fresh error: Connect looks at where an error came from and leaves out the metadata of one from a wire; a proxy must not.
  const status = new ConnectError(error.rawMessage, error.code);
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
