/** Between a call's own metadata and the fields of HTTP/2, where gRPC keeps its own beside them. */
import { Code, ConnectError } from "@connectrpc/connect";
import { noMetadata } from "../calls/metadata.ts";
import type { Metadata } from "../connection.ts";

/** Fields that belong to the protocol and not to the caller. Those of a connection are not even allowed in HTTP/2. */
const reserved: ReadonlySet<string> = new Set([
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

function isOwn(name: string): boolean {
  return !name.startsWith(":") && !name.startsWith("grpc-") && !reserved.has(name);
}

/** Names and values by turns. */
export function fieldOf(fields: readonly string[], name: string): string | undefined {
  for (let at = 0; at < fields.length; at += 2) if (fields[at] === name) return fields[at + 1];
  return undefined;
}

/** The caller's own metadata among the fields that came. */
export function ownMetadata(fields: readonly string[]): Metadata {
  let own: string[] | undefined;
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [name = "", value = ""] = [fields[at], fields[at + 1]];
    if (!isOwn(name)) continue;
    own ??= [];
    own.push(name, value);
  }
  return own ?? noMetadata;
}

/**
 * The protocol's fields and the caller's own metadata after them.
 * @param maxBytes of all fields
 * @throws ConnectError for metadata that HTTP/2 would not carry
 */
export function withMetadata(fields: readonly string[], metadata: Metadata, maxBytes: number): readonly string[] {
  const all = [...fields];
  for (let at = 0; at + 1 < metadata.length; at += 2) {
    const [name = "", value = ""] = [metadata[at], metadata[at + 1]];
    if (isOwn(name)) all.push(name, checked(name, value));
  }
  checkFields(all, maxBytes);
  return all;
}

/** @throws ConnectError */
function checked(name: string, value: string): string {
  // As grpc-go answers to these.
  if (/[^\t\x20-\x7e\x80-\xff]/.test(value)) {
    throw new ConnectError(
      `metadata "${name}" has a control character; send it in base64, as "${name}-bin"`,
      Code.Internal,
    );
  }
  if (!/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name)) {
    throw new ConnectError(
      `metadata have the name ${JSON.stringify(name)}, which HTTP/2 does not carry`,
      Code.Internal,
    );
  }
  return value;
}

/** @throws ConnectError ResourceExhausted for more than HTTP/2 would carry */
function checkFields(fields: readonly string[], maxBytes: number): void {
  let bytes = 0;
  // Each name and value has 32 bytes more (RFC 9113, 6.5.2).
  for (const text of fields) bytes += text.length + 16;
  if (bytes <= maxBytes) return;
  throw new ConnectError(
    `metadata of ${bytes} bytes is longer than the limit of ${maxBytes} bytes`,
    Code.ResourceExhausted,
  );
}
