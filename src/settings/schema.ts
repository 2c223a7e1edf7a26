/**
 * What a document may say: tables of keys and lists, and in them fields, which are schemas of zod's. A document is read table by table
 * and key by key, so that one that is wrong does not hide what else is, and every mistake is told where it stands.
 */
import type { z } from "zod";
import type { Defined } from "../values/defined.ts";
import { capitalize } from "../values/text.ts";
import { expected, missing } from "./fields.ts";
import type { Mistake } from "./mistakes.ts";
import { isTable, mistakeAt, type TomlDocument, type TomlPath, type TomlValue } from "./toml.ts";

/** What may stand at a place. */
export type Schema<T = unknown> = z.ZodType<T> | Structure<T>;

/** A table, a list, or whatever has more than one mistake to tell. */
export interface Structure<T = unknown> {
  /** The keys that a table has by name. */
  readonly keys?: Readonly<Record<string, Schema>>;
  /** What the other keys of a table hold, and what a list does. */
  readonly each?: Schema;
  /** @returns what is right of the value, `undefined` for nothing; the place is told what is wrong */
  read(value: TomlValue | undefined, place: Place): T | undefined;
  /** The same, or nothing. */
  optional(): Structure<T | undefined>;
}

/** Where a value stands. */
export interface Place {
  readonly path: TomlPath;
  /**
   * Told of what is wrong there, or at a place below.
   * @param line of the text that stands there, from 1. Default: the text as a whole
   */
  tell(path: TomlPath, message: string, line?: number): void;
}

/** A place in a document. What is wrong there goes to `mistakes`. */
export function placeIn(document: TomlDocument, path: TomlPath, mistakes: Mistake[]): Place {
  return {
    path,
    tell(where, message, line) {
      const mistake = mistakeAt(document, where, message);
      mistakes.push(line === undefined ? mistake : { ...mistake, origin: document.originInside(where, line) });
    },
  };
}

/** What is read by a schema. */
export type ValueOf<S> = S extends z.ZodType<infer T> ? T : S extends Structure<infer T> ? T : never;

type Keys = Readonly<Record<string, Schema>>;
type TableValue<K extends Keys> = Readonly<Defined<{ [Key in keyof K]: ValueOf<K[Key]> }>>;

export interface TableOptions {
  /** What other keys may hold. Default: there must be none. */
  readonly others?: Schema;
  /** Sentences for keys that people look for here, and that are none. */
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
    read(value, place) {
      if (!isTable(value)) return refuse(place, expected("a table", value));
      const checked: Record<string, unknown> = Object.create(null);
      for (const key of new Set([...Object.keys(keys), ...Object.keys(value)])) {
        const inner = below(place, [key]);
        const schema = Object.hasOwn(keys, key) ? keys[key] : others;
        if (schema === undefined) refuse(inner, elsewhere.get(key) ?? noSuchKey);
        const result = schema && read(schema, value[key], inner);
        if (result !== undefined) checked[key] = result;
      }
      return checked as TableValue<K>;
    },
  });
}

/** A table of names that only the document knows. */
export function tableOf<S extends Schema>(each: S): Structure<Readonly<Record<string, ValueOf<S>>>> {
  return table({}, { others: each }) as Structure<Readonly<Record<string, ValueOf<S>>>>;
}

/** A list. It is only right as a whole. */
export function listOf<S extends Schema>(each: S): Structure<readonly ValueOf<S>[]> {
  return structure({
    each,
    read(value, place) {
      if (!Array.isArray(value)) return refuse(place, expected("a list", value));
      let isRight = true;
      const watched: Place = {
        ...place,
        tell(...what) {
          isRight = false;
          place.tell(...what);
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
    read(value, place) {
      if (value === false) return false;
      return isTable(value) ? own.read(value, place) : refuse(place, expected("a table or false", value));
    },
  });
}

/** What could be made of a document. */
export interface Checked<T> {
  /** What is right of it; complete when there are no mistakes. */
  readonly value: Partial<T>;
  readonly mistakes: Mistake[];
}

/** Reads a document. */
export function checkDocument<T extends object>(document: TomlDocument, schema: Structure<T>): Checked<T> {
  const mistakes: Mistake[] = [];
  return { value: schema.read(document.root, placeIn(document, [], mistakes)) ?? {}, mistakes };
}

/** Reads what stands at a place. What a zod schema says of it is told in its own words where it has some. */
export function read<T>(schema: Schema<T>, value: TomlValue | undefined, place: Place): T | undefined {
  if ("read" in schema) return schema.read(value, place);
  const { data, error } = schema.safeParse(value, { error: plainly });
  for (const issue of error?.issues ?? []) {
    // What is not there is told in one way, unless the schema has looked for it itself.
    const isMissing = issue.code !== "custom" && valueAt(value, issue.path) === undefined;
    const message = isMissing ? missing : capitalize(issue.message);
    const paths = issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
    for (const path of paths) refuse(below(place, path), message);
  }
  return data;
}

/** Whatever reads a value by itself. */
export function structure<T>(own: Omit<Structure<T>, "optional">): Structure<T> {
  return {
    ...own,
    optional: () =>
      structure<T | undefined>({
        ...own,
        read: (value, place) => (value === undefined ? undefined : own.read(value, place)),
      }),
  };
}

/** Tells what is wrong at a place, of which nothing is read then. */
export function refuse({ path, tell }: Place, message: string): undefined {
  tell(path, message);
}

function below(place: Place, path: TomlPath): Place {
  return { ...place, path: [...place.path, ...path] };
}

const nouns: Readonly<Record<string, string>> = {
  string: "a text",
  boolean: "true or false",
  int: "a whole number",
  // What zod calls an integer of which there is not even a number. Nothing else here is one.
  number: "a whole number",
  array: "a list",
  object: "a table",
};

/** For what a zod schema has no sentence of its own. */
function plainly(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === "invalid_type") return expected(nouns[issue.expected] ?? issue.expected, issue.input);
  if (issue.code === "unrecognized_keys") return "There is no such key here";
  if (issue.code === "too_small") return expected(`at least ${issue.minimum}`, issue.input);
  return issue.code === "too_big" ? expected(`at most ${issue.maximum}`, issue.input) : undefined;
}

function valueAt(root: unknown, path: TomlPath): unknown {
  return path.reduce<unknown>((parent, key) => (parent as Record<PropertyKey, unknown>)?.[key], root);
}
