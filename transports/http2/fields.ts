/** RFC 9113, 8: which fields a request, a response and trailers may have. */
import { describe } from "../../src/values/text.ts";
import type { Fields } from "./connection.ts";
import type { FieldSection } from "./hpack/decoder.ts";
import { fieldBytes } from "./hpack/dynamic-table.ts";

const nameText = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
// Space at either end is let pass: Go sends the text of an error as it is.
const forbiddenInValue = /[\0\r\n]/;
/** What was of a connection in HTTP/1, and must not be of a stream. */
const ofConnection = new Set(["connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade"]);
const ofRequest = new Set([":method", ":scheme", ":authority", ":path"]);
const ofResponse = new Set([":status"]);
const ofTrailers: ReadonlySet<string> = new Set();

export type FieldsKind = "request" | "response" | "trailers";

/** What a section says, apart from its fields. */
export interface CheckedFields {
  /** What is wrong with it, if anything is. */
  readonly fault: string | undefined;
  /** Of a response; else 0. */
  readonly status: number;
  /** -1: it does not say. */
  readonly contentLength: number;
}

/** Sections come again: each is looked at once. */
const checked: Readonly<Record<FieldsKind, WeakMap<FieldSection, CheckedFields>>> = {
  request: new WeakMap(),
  response: new WeakMap(),
  trailers: new WeakMap(),
};

export function checkSection(section: FieldSection, kind: FieldsKind): CheckedFields {
  const before = checked[kind].get(section);
  if (before !== undefined) return before;
  const result = check(section.fields, kind);
  checked[kind].set(section, result);
  return result;
}

function check(fields: Fields, kind: FieldsKind): CheckedFields {
  const pseudo = kind === "request" ? ofRequest : kind === "response" ? ofResponse : ofTrailers;
  const found = new Map<string, string>();
  let contentLength = -1;
  let isPastPseudo = false;
  const wrong = (fault: string): CheckedFields => ({ fault, status: 0, contentLength });

  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index]!;
    const value = fields[index + 1]!;
    if (forbiddenInValue.test(value)) return wrong(`${describe(name)} has a value with a line break or a NUL`);
    if (name.startsWith(":")) {
      if (!pseudo.has(name)) return wrong(`${describe(name)} is not a field of ${kind}`);
      if (isPastPseudo) return wrong(`${describe(name)} comes after other fields`);
      if (found.has(name)) return wrong(`${describe(name)} comes twice`);
      found.set(name, value);
      continue;
    }
    isPastPseudo = true;
    if (!nameText.test(name)) return wrong(`${describe(name)} is not a field's name`);
    if (ofConnection.has(name) || (name === "te" && value !== "trailers"))
      return wrong(`${describe(name)} is not a field of HTTP/2`);
    if (name === "content-length") {
      if (!/^\d{1,15}$/.test(value) || (contentLength >= 0 && contentLength !== Number(value)))
        return wrong("the content length is not a number");
      contentLength = Number(value);
    }
  }

  if (kind === "request") {
    const isConnect = found.get(":method") === "CONNECT";
    for (const name of isConnect ? [":authority"] : [":method", ":scheme", ":path"])
      if (!found.get(name)) return wrong(`there is no ${name}`);
    if (isConnect && (found.has(":scheme") || found.has(":path"))) return wrong("CONNECT has neither scheme nor path");
  }
  const status = found.get(":status");
  if (kind === "response" && (status === undefined || !/^[1-9]\d\d$/.test(status) || status === "101"))
    return wrong("there is no status of HTTP/2");
  return { fault: undefined, status: Number(status ?? 0), contentLength };
}

const sendableName = /^:?[!#$%&'*+.^_`|~0-9a-z-]+$/;
const sendableValue = /^[\t\x20-\x7e\x80-\xff]*$/;
/** Arrays that are sent again are looked at once. */
const sendable = new WeakSet<Fields>();

/** @throws TypeError for what the peer could not read */
export function checkSendable(fields: Fields, more: Fields | undefined): void {
  if (!sendable.has(fields)) {
    checkEach(fields);
    sendable.add(fields);
  }
  if (more !== undefined) checkEach(more);
}

function checkEach(fields: Fields): void {
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index]!;
    if (!sendableName.test(name))
      throw new TypeError(`Cannot send a field: ${describe(name)} is not a name in lower case`);
    if (!sendableValue.test(fields[index + 1]!))
      throw new TypeError(`Cannot send field ${describe(name)}: its value has characters that are not allowed`);
  }
}

/** Of a section, as RFC 9113, 6.5.2 counts. */
export function sizeOf(fields: Fields): number {
  let bytes = 0;
  for (let index = 0; index < fields.length; index += 2) bytes += fieldBytes(fields[index]!, fields[index + 1]!);
  return bytes;
}
