/**
 * Fields of job specs. A Chainlink node cannot tell a key that is left out from one with the zero value of its type, and the tools around it
 * write zeros for what is not set: "", 0, a duration of zero, an empty list. Here too they mean "not set".
 */
import { z } from "zod";
import { checkDuration, field, whole, wrong } from "../settings/fields.ts";
import { parseDuration } from "../values/duration.ts";

/** A duration; zero is left out. */
export function optionalDuration(leastMs = -Infinity, mostMs = Infinity): z.ZodType<number | undefined> {
  return field((value) => {
    if (typeof value !== "string") throw wrong('a duration such as "1m30s"', value);
    const ms = parseDuration(value);
    if (ms === 0) return undefined;
    checkDuration(ms, leastMs, mostMs);
    return ms;
  }).optional();
}

/** A count; zero is left out. */
export function optionalCount(most: number): z.ZodType<number | undefined> {
  return z.preprocess((value) => (value === 0 ? undefined : value), whole(0, most).optional());
}

/** A text; one that is blank is left out. */
export function optionalText<T>(schema: z.ZodType<T>): z.ZodType<T | undefined> {
  return z.preprocess((value) => (isBlank(value) ? undefined : value), schema.optional());
}

/** A number that Chainlink takes as a number or as digits in a string, which may be blank. */
export function optionalNumber(most: number): z.ZodType<number | undefined> {
  return optionalText(
    z.preprocess(
      (value) => (typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : value),
      whole(0, most),
    ),
  );
}

export function isBlank(value: unknown): boolean {
  return typeof value === "string" && value.trim() === "";
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const nilUuid = "00000000-0000-0000-0000-000000000000";

/** A UUID in any form that Go's library reads, in lower case; the one of zeros is left out. */
export function optionalUuid(): z.ZodType<string | undefined> {
  return field((value) => {
    const digits = typeof value === "string" ? plainUuid(value.toLowerCase()) : "";
    if (!uuid.test(digits)) throw wrong("a UUID", value);
    return digits === nilUuid ? undefined : digits;
  }).optional();
}

/** Without `urn:uuid:` or braces, and with the hyphens. */
function plainUuid(text: string): string {
  const bare = text.replace(/^urn:uuid:(?=.{36}$)/, "").replace(/^\{(.{36})\}$/, "$1");
  return bare.replace(/^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/, "$1-$2-$3-$4-$5");
}
