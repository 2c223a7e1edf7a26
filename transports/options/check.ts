/** Checks what users write as options, naming what is wrong by its path. */
import { isRecord } from "../../src/values/record.ts";
import { describe } from "../../src/values/text.ts";

/** Returns the value if it is right, throws a TypeError that names `path` if not. */
export type Check<T> = (value: unknown, path: string) => T;

/**
 * Checks an object of optional options; `undefined` counts as an empty one.
 * @throws TypeError for anything that is not an object, an option nobody knows, or an option of the wrong form
 */
export function checkOptions<Checks extends Record<string, Check<unknown>>>(
  value: unknown,
  path: string,
  checks: Checks,
): { [Name in keyof Checks]?: ReturnType<Checks[Name]> } {
  if (value === undefined) return {};
  if (!isRecord(value)) throw new TypeError(`${path}: expected an object, got ${describe(value)}`);
  const checked: Record<string, unknown> = {};
  for (const [name, given] of Object.entries(value)) {
    const check = checks[name];
    if (check === undefined || !Object.hasOwn(checks, name)) {
      throw new TypeError(`${path}.${name}: no such option; there are ${Object.keys(checks).sort().join(", ")}`);
    }
    if (given !== undefined) checked[name] = check(given, `${path}.${name}`);
  }
  return checked as { [Name in keyof Checks]?: ReturnType<Checks[Name]> };
}

export function oneOf<const T extends string>(...allowed: readonly T[]): Check<T> {
  return (value, path) => {
    const found = allowed.find((one) => one === value);
    if (found === undefined) {
      throw new TypeError(`${path}: expected ${allowed.map((one) => `"${one}"`).join(" or ")}, got ${describe(value)}`);
    }
    return found;
  };
}

export const text: Check<string> = (value, path) => {
  if (typeof value !== "string" || value === "")
    throw new TypeError(`${path}: expected a text, got ${describe(value)}`);
  return value;
};

/** A text that may be empty, as the values of environment variables may. */
export const anyText: Check<string> = (value, path) => {
  if (typeof value !== "string") throw new TypeError(`${path}: expected a text, got ${describe(value)}`);
  return value;
};

export const flag: Check<boolean> = (value, path) => {
  if (typeof value !== "boolean") throw new TypeError(`${path}: expected true or false, got ${describe(value)}`);
  return value;
};

/** A number from `least` to `most`, both allowed. */
export function numberFrom(least: number, most = Number.MAX_SAFE_INTEGER): Check<number> {
  return (value, path) => {
    if (typeof value !== "number" || !(value >= least && value <= most)) {
      const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
      throw new TypeError(`${path}: expected a number ${range}, got ${describe(value)}`);
    }
    return value;
  };
}

export function listOf<T>(check: Check<T>): Check<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw new TypeError(`${path}: expected a list, got ${describe(value)}`);
    return value.map((item, index) => check(item, `${path}[${index}]`));
  };
}

export function recordOf<T>(check: Check<T>): Check<Readonly<Record<string, T>>> {
  return (value, path) => {
    if (!isRecord(value)) throw new TypeError(`${path}: expected an object, got ${describe(value)}`);
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, check(item, `${path}.${name}`)]));
  };
}

/** Anything: for options that somebody else checks. */
export const anything: Check<unknown> = (value) => value;
