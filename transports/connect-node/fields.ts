/** Between fields in a row, as the rest of gRPC has them, and as `node:http2` does. */
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http2";

export function readFields(headers: IncomingHttpHeaders): readonly string[] {
  const fields: string[] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) fields.push(name, String(one));
  }
  return fields;
}

/** A name that comes again is one field, with all its values. */
export function writeFields(fields: readonly string[]): OutgoingHttpHeaders {
  const headers: Record<string, string> = {};
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [name = "", value = ""] = [fields[at], fields[at + 1]];
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  return headers;
}
