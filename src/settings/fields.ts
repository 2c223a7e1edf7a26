/** The fields of config files and job specs, each with its own message for a wrong value. */
import { isIPv6 } from "node:net";
import { z } from "zod";
import { formatDuration, parseDuration } from "../values/duration.ts";
import { errorText } from "../values/error-text.ts";
import { withoutBrackets } from "../values/host-port.ts";
import { describe } from "../values/text.ts";
import { hideSecrets } from "./secrets.ts";

/** A field that is read by `read`. The message of an error that it throws is the field's mistake. */
export function field<T>(read: (value: unknown) => T): z.ZodType<T> {
  return z.unknown().transform((value, context) => {
    try {
      if (value === undefined) throw new TypeError(missing);
      return read(value);
    } catch (error) {
      context.addIssue({ code: "custom", message: errorText(error) });
      return z.NEVER;
    }
  });
}

/** @param what the value is, such as `a path`, for the message about one that is not a string */
export function nonEmptyString(what: string): z.ZodType<string> {
  return field((value) => {
    if (typeof value !== "string") throw wrong(what, value);
    if (value.trim() === "") throw new TypeError("It must not be empty");
    return value;
  });
}

/** A string that matches a pattern. */
export function stringLike(pattern: RegExp, what: string): z.ZodType<string> {
  return field((value) => {
    if (typeof value !== "string" || !pattern.test(value)) throw wrong(what, value);
    return value;
  });
}

/** A host's name or address. An IPv6 address may stand in brackets, which are taken off. */
export function hostName(): z.ZodType<string> {
  return field((value) => {
    const host = typeof value === "string" ? withoutBrackets(value) : "";
    if (!/^[^\s/[\]]+$/.test(host) || (host.includes(":") && !isIPv6(host))) {
      throw wrong("a host name or an address", value);
    }
    return host;
  });
}

export function anyString(): z.ZodType<string> {
  return field((value) => {
    if (typeof value !== "string") throw wrong("a string", value);
    return value;
  });
}

export function flag(): z.ZodType<boolean> {
  return field((value) => {
    if (typeof value !== "boolean") throw wrong("true or false", value);
    return value;
  });
}

export function whole(least: number, most: number): z.ZodType<number> {
  return field((value) => {
    if (!isWhole(value, least, most)) {
      throw wrong(least === most ? `${least}` : `a whole number from ${least} to ${most}`, value);
    }
    return value;
  });
}

/** A whole number, or a word in the place of one, such as "unlimited". */
export function wholeOr<const Word extends string>(word: Word, least: number, most: number): z.ZodType<number | Word> {
  return field((value) => {
    if (value === word) return word;
    if (!isWhole(value, least, most)) throw wrong(`a whole number from ${least} to ${most}, or "${word}"`, value);
    return value;
  });
}

function isWhole(value: unknown, least: number, most: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= least && value <= most;
}

export function decimal(least: number, most: number): z.ZodType<number> {
  return field((value) => {
    if (typeof value !== "number" || !(value >= least && value <= most)) {
      throw wrong(`a number from ${least} to ${most}`, value);
    }
    return value;
  });
}

export function oneOf<const T extends string>(allowed: readonly T[]): z.ZodType<T> {
  return field((value) => {
    const found = allowed.find((one) => one === value);
    if (found !== undefined) return found;
    const list = allowed.map((one) => `"${one}"`).join(", ");
    throw wrong(allowed.length === 1 ? list : `one of ${list}`, value);
  });
}

/** A Go duration within bounds, read as milliseconds. Default: any duration. */
export function duration(leastMs = -Infinity, mostMs = Infinity): z.ZodType<number> {
  return field((value) => {
    if (typeof value !== "string") throw wrong('a duration such as "1m30s"', value);
    const ms = parseDuration(value);
    checkDuration(ms, leastMs, mostMs);
    return ms;
  });
}

/** @throws RangeError when a duration is not within its bounds */
export function checkDuration(ms: number, leastMs: number, mostMs: number): void {
  if (ms >= leastMs && ms <= mostMs) return;
  throw new RangeError(
    `${formatDuration(ms)} is out of range: it must be from ${formatDuration(leastMs)} to ${formatDuration(mostMs)}`,
  );
}

export function url(...protocols: readonly string[]): z.ZodType<string> {
  return field((value) => {
    const parsed = typeof value === "string" ? URL.parse(value) : null;
    if (parsed === null || !protocols.includes(parsed.protocol)) {
      throw wrong(`a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(" or ")}`, value);
    }
    return value as string;
  });
}

export const missing = "It is missing and has no default";

/** The sentence for a value that should be something else, which it quotes without secrets. @param what such as `a table` */
export function expected(what: string, value: unknown): string {
  if (value === undefined) return missing;
  return `Expected ${what}, got ${describe(typeof value === "string" ? hideSecrets(value) : value, "a table")}`;
}

/** An error with that sentence. */
export function wrong(what: string, value: unknown): TypeError {
  return new TypeError(expected(what, value));
}
