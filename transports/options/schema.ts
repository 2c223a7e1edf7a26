/**
 * A small builder of Standard Schemas for what users write as options. They answer at once, and tell everything that is wrong, each
 * mistake with its path and one sentence.
 */
import { isRecord } from "../../src/values/record.ts";
import { describe } from "../../src/values/text.ts";
import { pathOf, validate } from "./check.ts";
import type { StandardIssue, StandardResult, StandardSchemaV1 } from "./standard-schema.ts";

/** A Standard Schema that never answers with a promise. */
export interface Schema<T, Input = unknown> extends StandardSchemaV1<Input, T> {
  readonly "~standard": Omit<StandardSchemaV1<Input, T>["~standard"], "validate"> & {
    readonly validate: (value: unknown) => StandardResult<T>;
  };
}

/** Of any library, as long as it answers at once. */
type AnySchema = StandardSchemaV1<unknown, unknown>;
/** What a schema makes of a value. */
export type OutputOf<S> = S extends StandardSchemaV1<unknown, infer T> ? T : never;

/** A schema of a function that has the value, or what is wrong with it. */
export function schema<T, Input = unknown>(validate: (value: unknown) => StandardResult<T>): Schema<T, Input> {
  return { "~standard": { version: 1, vendor: "loopp", validate } };
}

/** The answer to a value that is wrong. @param path from that value to what is wrong of it */
export function refusal(
  message: string,
  ...path: readonly PropertyKey[]
): { readonly issues: readonly StandardIssue[] } {
  return { issues: [{ message, path }] };
}

/** @param what names what is right, for the sentence about anything else */
export function expected<T>(what: string, isRight: (value: unknown) => value is T): Schema<T> {
  return schema((value) => (isRight(value) ? { value } : refusal(`expected ${what}, got ${describe(value)}`)));
}

/** Goes on with what another schema has made of a value, where nothing is wrong with it. */
export function andThen<T, U, Input>(
  first: StandardSchemaV1<Input, T>,
  next: (value: T) => StandardResult<U>,
): Schema<U, Input> {
  return schema((value) => {
    const result = validate(first, value);
    return result.issues === undefined ? next(result.value) : result;
  });
}

/** For options that are checked elsewhere. */
export const anything: Schema<unknown> = schema((value) => ({ value }));

/** A string that may be empty, as the values of environment variables may. */
export const anyText = expected("a string", (value) => typeof value === "string");

export const text = andThen(anyText, (value) => (value === "" ? refusal("must not be empty") : { value }));

export const flag = expected("true or false", (value) => typeof value === "boolean");

export function oneOf<const T extends string>(...allowed: readonly T[]): Schema<T> {
  const isAllowed = (value: unknown): value is T => allowed.some((one) => one === value);
  return expected(allowed.map((one) => `"${one}"`).join(" or "), isAllowed);
}

/** A number from `least` to `most`, both allowed. */
export function numberFrom(least: number, most = Number.MAX_SAFE_INTEGER): Schema<number> {
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  const isWithin = (value: unknown): value is number => typeof value === "number" && value >= least && value <= most;
  return expected(`a number ${range}`, isWithin);
}

/** A whole number of at least `least`. */
export function wholeFrom(least: number): Schema<number> {
  const isWhole = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= least;
  return expected(`a whole number of at least ${least}`, isWhole);
}

export function listOf<T>(item: StandardSchemaV1<unknown, T>): Schema<readonly T[]> {
  const list = expected("a list", (value): value is unknown[] => Array.isArray(value));
  return andThen(list, (values) => {
    const issues: StandardIssue[] = [];
    const checked = values.map((value, index) => checkPart(item, index, value, issues) as T);
    return issues.length > 0 ? { issues } : { value: checked };
  });
}

const anyObject = expected("an object", isRecord);

/** An object with any keys. */
export function recordOf<T>(item: StandardSchemaV1<unknown, T>): Schema<Readonly<Record<string, T>>> {
  return andThen(anyObject, (record) => {
    const issues: StandardIssue[] = [];
    const checked = Object.entries(record).map(
      ([key, value]) => [key, checkPart(item, key, value, issues) as T] as const,
    );
    return issues.length > 0 ? { issues } : { value: Object.fromEntries(checked) };
  });
}

/** What {@link object} makes of an object: each of its options may be left out. */
export type Options<Fields extends Readonly<Record<string, AnySchema>>> = {
  readonly [Name in keyof Fields]?: OutputOf<Fields[Name]>;
};

/**
 * An object of options, each of which may be left out, and no others. `undefined` is an object without any.
 * @param together looks at the options as they are written, right or wrong by themselves, for those that do not go with others.
 *   What it says of an option that is wrong by itself is left out
 */
export function object<const Fields extends Readonly<Record<string, AnySchema>>>(
  fields: Fields,
  together: (written: Readonly<Record<string, unknown>>) => readonly StandardIssue[] = () => [],
): Schema<Options<Fields>> {
  const checkFields = andThen(anyObject, (written) => {
    const issues: StandardIssue[] = [];
    const checked: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(written)) {
      const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (field === undefined) {
        issues.push({ message: `no such option; there are ${Object.keys(fields).sort().join(", ")}`, path: [name] });
      } else if (value !== undefined) checked[name] = checkPart(field, name, value, issues);
    }
    const wrong = issues.map((issue) => pathOf(issue)[0]);
    issues.push(...together(written).filter((issue) => !wrong.includes(pathOf(issue)[0])));
    return issues.length > 0 ? { issues } : { value: checked as Options<Fields> };
  });
  return schema((value) => (value === undefined ? { value: {} as Options<Fields> } : validate(checkFields, value)));
}

/** What a schema makes of a part of a value; what is wrong with it is added to `issues`. */
function checkPart(part: AnySchema, key: PropertyKey, value: unknown, issues: StandardIssue[]): unknown {
  const result = validate(part, value);
  if (result.issues === undefined) return result.value;
  issues.push(...below(key, result.issues));
  return undefined;
}

/** The mistakes in a part of a value, as those of the value. */
export function below(key: PropertyKey, issues: readonly StandardIssue[]): StandardIssue[] {
  return issues.map((issue) => ({ ...issue, path: [key, ...pathOf(issue)] }));
}
