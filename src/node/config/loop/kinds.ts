/** The types of values that settings for plugins in other languages have. */
import {
  anyString,
  decimal,
  field,
  flag,
  nonEmptyString,
  oneOf,
  stringLike,
  whole,
  wrong,
} from "../../../settings/fields.ts";
import { listOf, type Schema, tableOf } from "../../../settings/schema.ts";
import { formatDuration, parseDuration } from "../../../values/duration.ts";

/** A duration as Go writes it, a size in bytes, ... */
export type LoopValue = string | number | boolean | readonly string[] | Readonly<Record<string, string>>;

export interface Kind {
  /** Its name in the docs. */
  readonly name: string;
  /** Describes a valid value, for a message that must not show the wrong one. */
  readonly what?: string;
  readonly schema: Schema<LoopValue>;
  /** Go's zero value, which means "not set" in all versions of the plugins. */
  readonly zero: LoopValue;
}

const int32 = 2 ** 31 - 1;
const uint32 = 2 ** 32 - 1;

export const onOff: Kind = { name: "`true` or `false`", schema: flag(), zero: false };
export const count: Kind = { name: "whole number", schema: whole(0, int32), zero: 0 };
export const count32: Kind = { name: "whole number", schema: whole(0, uint32), zero: 0 };
export const ratio: Kind = { name: "from 0 to 1", schema: decimal(0, 1), zero: 0 };
export const words: Kind = { name: "string", schema: anyString(), zero: "" };
export const path: Kind = { name: "path", schema: nonEmptyString("a path"), zero: "" };
export const hostAndPort: Kind = { name: "host and port", schema: nonEmptyString("a host and a port"), zero: "" };
export const hex: Kind = { name: "hexadecimal", schema: stringLike(/^[0-9a-f]*$/i, "hexadecimal digits"), zero: "" };
export const list: Kind = { name: "list of strings", schema: listOf(anyString()), zero: [] };
export const attributeNames: Kind = {
  name: "list of strings",
  schema: listOf(nonEmptyString("an attribute")),
  zero: [],
};
/** Names become parts of variables' names. */
export const namesAndValues: Kind = { name: "strings by name", schema: tableOf(anyString()), zero: {} };

export function choice(...allowed: readonly string[]): Kind {
  return { name: allowed.map((one) => `\`"${one}"\``).join(", "), schema: oneOf(allowed), zero: "" };
}

const postgres = "a URL that begins with postgresql://";
export const postgresUrl: Kind = {
  name: "URL",
  what: postgres,
  schema: stringLike(/^postgres(ql)?:\/\/[^\s]+$/, postgres),
  zero: "",
};

/** Not negative. It is read as the string that Go would write. */
export const duration: Kind = {
  name: "duration",
  schema: field((value) => {
    if (typeof value !== "string") throw wrong('a duration such as "1m30s"', value);
    const ms = parseDuration(value);
    if (ms < 0) throw new RangeError(`${formatDuration(ms)} is out of range: it must not be negative`);
    return formatDuration(ms);
  }),
  zero: "0s",
};

const sizeUnits: Readonly<Record<string, number>> = { "": 1, b: 1, kb: 1e3, mb: 1e6, gb: 1e9 };

/** `"42mb"`, as the Chainlink node writes sizes, or a number of bytes. It is read as a number of bytes. */
export const size: Kind = {
  name: "size",
  schema: field((value) => {
    const [, digits, unit = ""] = /^(\d+(?:\.\d+)?) ?([a-z]*)$/i.exec(String(value)) ?? [];
    const bytes = Math.round(Number(digits) * (sizeUnits[unit.toLowerCase()] ?? Number.NaN));
    if ((typeof value !== "string" && typeof value !== "number") || !(bytes >= 0 && bytes <= int32)) {
      throw wrong(`a size such as "4mb", at most ${int32} bytes`, value);
    }
    return bytes;
  }),
  zero: 0,
};

export const collectorTarget: Kind = {
  name: "host and port",
  schema: field((value) => {
    if (typeof value !== "string") throw wrong("a host and a port", value);
    // Chainlink's plugins read it as a URI, and exit where it is not one.
    if (/^[A-Za-z][A-Za-z0-9+.-]*:[^\s]+$/.test(value)) return value;
    throw wrong('a host name and a port, such as "collector:4317" (plugins do not accept an IP address)', value);
  }),
  zero: "",
};
