/**
 * Schemas of documents: tables of keys, lists, and in them fields, which are zod schemas. A document is read table by table and key by
 * key, so that one mistake does not hide the others, and each is reported with its line.
 */
import type { z } from "zod";
import type { Defined } from "../values/defined.ts";
import { capitalize } from "../values/text.ts";
import { expected, missing } from "./fields.ts";
import type { Mistake } from "./mistakes.ts";
import { isSecretName } from "./secrets.ts";
import { isTable, mistakeAt, type TomlDocument, type TomlPath, type TomlValue } from "./toml.ts";

/** Reads one value of a document. */
export type Schema<T = unknown> = z.ZodType<T> | Structure<T>;

/** A table, a list, or another value that may have more than one mistake. */
export interface Structure<T = unknown> {
  /** The named keys of a table. */
  readonly keys?: Readonly<Record<string, Schema>>;
  /** The schema of a table's other keys, or of a list's items. */
  readonly each?: Schema;
  /** @returns the parts of the value that are right, `undefined` for none; mistakes are reported to the location */
  read(value: TomlValue | undefined, location: Location): T | undefined;
  /** The same, but the value may be absent. */
  optional(): Structure<T | undefined>;
}

/** Where a value is in a document. */
export interface Location {
  readonly path: TomlPath;
  /**
   * Reports a mistake there or below.
   * @param line in the string that is there, from 1. Default: the string as a whole
   */
  tell(path: TomlPath, message: string, line?: number): void;
}

/** A location in a document. Mistakes there are added to `mistakes`. */
export function locationIn(document: TomlDocument, path: TomlPath, mistakes: Mistake[]): Location {
  return {
    path,
    tell(where, message, line) {
      const mistake = mistakeAt(document, where, isSecret(where) ? message.replace(/, got .*$/s, "") : message);
      mistakes.push(line === undefined ? mistake : { ...mistake, origin: document.originInside(where, line) });
    },
  };
}

/** Whether what stands there must not be quoted. The names of variables do not say what is in them. */
function isSecret(path: TomlPath): boolean {
  return isSecretName(String(path.at(-1))) || path.slice(0, -1).some((key) => key === "env" || key === "envVars");
}

/** The type of the values that a schema reads. */
export type ValueOf<S> = S extends z.ZodType<infer T> ? T : S extends Structure<infer T> ? T : never;

type Keys = Readonly<Record<string, Schema>>;
type TableValue<K extends Keys> = Readonly<Defined<{ [Key in keyof K]: ValueOf<K[Key]> }>>;

export interface TableOptions {
  /** The schema of other keys. Default: there must be none. */
  readonly others?: Schema;
  /** Messages for keys that are often written here by mistake. */
  readonly misplaced?: Readonly<Record<string, string>>;
}

/** A table of these keys. */
export function table<const K extends Keys>(
  keys: K,
  { others, misplaced = {} }: TableOptions = {},
): Structure<TableValue<K>> {
  const elsewhere = new Map(Object.entries(misplaced));
  const noSuchKey = `There is no such key here, only ${Object.keys(keys).sort().join(", ")}`;
  return structure({
    keys,
    ...(others === undefined ? {} : { each: others }),
    read(value, location) {
      if (!isTable(value)) return refuse(location, expected("a table", value));
      const checked: Record<string, unknown> = Object.create(null);
      for (const key of new Set([...Object.keys(keys), ...Object.keys(value)])) {
        const inner = below(location, [key]);
        const schema = Object.hasOwn(keys, key) ? keys[key] : others;
        if (schema === undefined) refuse(inner, elsewhere.get(key) ?? noSuchKey);
        const result = schema && read(schema, value[key], inner);
        if (result !== undefined) checked[key] = result;
      }
      return checked as TableValue<K>;
    },
  });
}

/** A table with any keys. */
export function tableOf<S extends Schema>(each: S): Structure<Readonly<Record<string, ValueOf<S>>>> {
  return table({}, { others: each }) as Structure<Readonly<Record<string, ValueOf<S>>>>;
}

/** A list. One wrong item makes the whole list wrong. */
export function listOf<S extends Schema>(each: S): Structure<readonly ValueOf<S>[]> {
  return structure({
    each,
    read(value, location) {
      if (!Array.isArray(value)) return refuse(location, expected("a list", value));
      let isRight = true;
      const watched: Location = {
        ...location,
        tell(...what) {
          isRight = false;
          location.tell(...what);
        },
      };
      const items = value.map((item, index) => read(each, item, below(watched, [index])));
      return isRight ? (items as ValueOf<S>[]) : undefined;
    },
  });
}

/** A table, or `false` for none. */
export function orFalse<T>(own: Structure<T>): Structure<T | false> {
  return structure<T | false>({
    ...own,
    read(value, location) {
      if (value === false) return false;
      return isTable(value) ? own.read(value, location) : refuse(location, expected("a table or false", value));
    },
  });
}

/** The result of reading a document. */
export interface Checked<T> {
  /** The parts that are right; complete when there are no mistakes. */
  readonly value: Partial<T>;
  readonly mistakes: Mistake[];
}

/** Reads a document. */
export function checkDocument<T extends object>(document: TomlDocument, schema: Structure<T>): Checked<T> {
  const mistakes: Mistake[] = [];
  return { value: schema.read(document.root, locationIn(document, [], mistakes)) ?? {}, mistakes };
}

/** Reads the value at a location. A zod schema's own messages are kept, others are written in our words. */
export function read<T>(schema: Schema<T>, value: TomlValue | undefined, location: Location): T | undefined {
  if ("read" in schema) return schema.read(value, location);
  const { data, error } = schema.safeParse(value, { error: plainly });
  for (const issue of error?.issues ?? []) {
    // A missing value always has the same message, unless the schema has one of its own.
    const isMissing = issue.code !== "custom" && valueAt(value, issue.path) === undefined;
    const message = isMissing ? missing : capitalize(issue.message);
    const paths = issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
    for (const path of paths) refuse(below(location, path), message);
  }
  return data;
}

/** A schema that reads a value with `own.read`. */
export function structure<T>(own: Omit<Structure<T>, "optional">): Structure<T> {
  return {
    ...own,
    optional: () =>
      structure<T | undefined>({
        ...own,
        read: (value, location) => (value === undefined ? undefined : own.read(value, location)),
      }),
  };
}

/** Reports a mistake at a location. @returns `undefined`, for a value that cannot be read */
export function refuse({ path, tell }: Location, message: string): undefined {
  tell(path, message);
}

function below(location: Location, path: TomlPath): Location {
  return { ...location, path: [...location.path, ...path] };
}

const nouns: Readonly<Record<string, string>> = {
  string: "a string",
  boolean: "true or false",
  int: "a whole number",
  // Zod's name for an integer where the value is not a number at all. No schema here has other numbers.
  number: "a whole number",
  array: "a list",
  object: "a table",
};

/** The message for a mistake for which the zod schema has none. */
function plainly(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === "invalid_type") return expected(nouns[issue.expected] ?? issue.expected, issue.input);
  if (issue.code === "unrecognized_keys") return "There is no such key here";
  if (issue.code === "too_small") return expected(`at least ${issue.minimum}`, issue.input);
  return issue.code === "too_big" ? expected(`at most ${issue.maximum}`, issue.input) : undefined;
}

function valueAt(root: unknown, path: TomlPath): unknown {
  return path.reduce<unknown>((parent, key) => (parent as Record<PropertyKey, unknown>)?.[key], root);
}
