/** The status of a call, as it stands in the last fields of a response. */
import { Code, ConnectError } from "@connectrpc/connect";
import { findTrailerError, setTrailerStatus } from "../calls/connect.ts";
import { asConnectError } from "../calls/connect-error.ts";
import { headersOf, noMetadata } from "../calls/metadata.ts";
import type { Metadata } from "../connection.ts";
import { fieldOf, ownMetadata, withMetadata } from "./metadata.ts";

const ok: readonly string[] = ["grpc-status", "0"];

/** What cannot be sent is left out, so that at least a status arrives, which says so. */
export function trailerFields(trailer: Metadata, maxBytes: number, error?: ConnectError): readonly string[] {
  if (error === undefined && trailer.length === 0) return ok;
  try {
    return withMetadata(statusFields(error), trailer, maxBytes);
  } catch (thrown) {
    const unfit = asConnectError(thrown);
    if (error === undefined) return statusFields(unfit);
    // The text itself is never too long.
    const text = `${error.rawMessage} (the rest is left out: ${unfit.rawMessage})`;
    return statusFields(new ConnectError(text, error.code));
  }
}

function statusFields(error: ConnectError | undefined): readonly string[] {
  if (error === undefined) return ok;
  const { code, details } = error;
  const text = error.rawMessage.toWellFormed();
  const fields = ["grpc-status", String(code), "grpc-message", percentCode(text)];
  if (details.length === 0) return fields;
  // A fresh error: its metadata are not part of the status.
  const status = new ConnectError(text, code);
  status.details = details;
  const coded = setTrailerStatus(new Headers(), status).get("grpc-status-details-bin");
  return coded === null ? fields : [...fields, "grpc-status-details-bin", coded];
}

/** No more than has to be: grpc-js does not read what else there may be. (gRPC over HTTP/2, "Status-Message") Space at an end might get lost. */
function percentCode(text: string): string {
  return text.replace(/[^\x20-\x24\x26-\x7e]+|^ | $/g, encodeURIComponent);
}

/** The status in a response's last fields: an error, "ok", or none at all. An error has the fields' own metadata, and those before them. */
export function readStatus(fields: readonly string[], before: Metadata = noMetadata): ConnectError | "ok" | undefined {
  const details = fieldOf(fields, "grpc-status-details-bin");
  const status = fieldOf(fields, "grpc-status");
  if (details === undefined && (status === "0" || status === undefined)) return status === undefined ? undefined : "ok";
  const found = findError(statusHeaders(fields));
  if (found === undefined) return "ok";
  const error = new ConnectError(found.rawMessage, found.code, headersOf([...before, ...ownMetadata(fields)]));
  error.details = found.details;
  return error;
}

function statusHeaders(fields: readonly string[]): Headers {
  const headers = new Headers();
  for (const name of ["grpc-status", "grpc-message", "grpc-status-details-bin"]) {
    const value = fieldOf(fields, name);
    if (value !== undefined) headers.set(name, value);
  }
  return headers;
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
