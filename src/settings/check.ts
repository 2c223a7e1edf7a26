/** Checks a TOML document against a schema and says what is wrong, each with file, line, key and one sentence. */
import type { z } from "zod";
import { describe } from "../values/text.ts";
import type { Mistake } from "./mistakes.ts";
import { formatPath, isTable, type TomlDocument, type TomlPath, type TomlTable, type TomlValue } from "./toml.ts";

/** What could be made of a document. */
export interface Checked<T> {
  /** What is right of it; complete when there are no mistakes. */
  readonly value: Partial<T>;
  readonly mistakes: Mistake[];
}

/** Checks a document table by table and key by key, so that one that is wrong does not hide what else is. */
export function checkDocument<Shape extends Record<string, z.ZodType>>(
  document: TomlDocument,
  schema: z.ZodObject<Shape>,
): Checked<z.output<z.ZodObject<Shape>>> {
  const mistakes: Mistake[] = [];
  const value = check(document, [], schema, document.root, mistakes);
  return { value: value as Checked<z.output<z.ZodObject<Shape>>>["value"], mistakes };
}

/** Checks a table against a plugin's own schema, whose sentences stay where it has some. */
export function checkForeign(document: TomlDocument, path: TomlPath, schema: z.ZodType, table: TomlTable): Mistake[] {
  const { error } = schema.safeParse(table, { error: (issue) => plainly(issue) });
  return (error?.issues ?? []).flatMap((issue) => {
    if (issue.code === "unrecognized_keys") {
      const known = Object.keys(shapeAt(schema, issue.path)).sort();
      return issue.keys.map((key) => mistakeAt(document, [...path, ...issue.path, key], noSuchKey(known)));
    }
    const isMissing = valueAt(table, issue.path) === undefined;
    const message = isMissing ? missing : `${issue.message.charAt(0).toUpperCase()}${issue.message.slice(1)}`;
    return [mistakeAt(document, [...path, ...issue.path], message)];
  });
}

const missing = "It is missing and has no default";
const nouns: Readonly<Record<string, string>> = { string: "a text", array: "a list", object: "a table" };

/** For what a schema has no sentence of its own. */
function plainly(issue: z.core.$ZodRawIssue): string | undefined {
  const got = describe(issue.input, "a table");
  if (issue.code === "invalid_type") return `Expected ${nouns[issue.expected] ?? "a whole number"}, got ${got}`;
  if (issue.code === "too_small") return `Expected at least ${issue.minimum}, got ${got}`;
  return issue.code === "too_big" ? `Expected at most ${issue.maximum}, got ${got}` : undefined;
}

function noSuchKey(known: readonly string[]): string {
  return `There is no such key here, only ${known.join(", ")}`;
}

/** The keys that a schema has for the table at a place. */
function shapeAt(schema: unknown, path: TomlPath): Readonly<Record<string, unknown>> {
  const inner = path.reduce<unknown>((outer, key) => {
    const { element, shape } = unwrap(outer).def;
    return typeof key === "number" ? element : shape?.[String(key)];
  }, schema);
  return unwrap(inner).def.shape ?? {};
}

function valueAt(root: TomlTable, path: TomlPath): unknown {
  return path.reduce<unknown>((parent, key) => (parent as Record<PropertyKey, unknown>)?.[key], root);
}

/** A mistake at a place of a document. */
export function mistakeAt(document: TomlDocument, path: TomlPath, message: string): Mistake {
  return { origin: document.originOf(path), key: formatPath(path), message };
}

/** What is right of `value`; `undefined` for nothing. */
function check(
  document: TomlDocument,
  path: TomlPath,
  schema: unknown,
  value: TomlValue | undefined,
  mistakes: Mistake[],
): unknown {
  const { type, shape, valueType, catchall } = tableOf(unwrap(schema), value).def;
  if (isTable(value) && (type === "object" || type === "record")) {
    const checked: Record<string, unknown> = Object.create(null);
    const others = type === "record" ? valueType : undefined;
    for (const key of new Set([...Object.keys(shape ?? {}), ...Object.keys(value)])) {
      const field = shape !== undefined && Object.hasOwn(shape, key) ? shape[key] : others;
      if (field !== undefined) {
        const result = check(document, [...path, key], field, value[key], mistakes);
        if (result !== undefined) checked[key] = result;
      } else if (catchall?.def.type === "unknown") checked[key] = value[key];
      else {
        mistakes.push(mistakeAt(document, [...path, key], noSuchKey(Object.keys(shape ?? {}).sort())));
      }
    }
    return checked;
  }
  const result = (schema as z.ZodType).safeParse(value);
  if (result.success) return result.data;
  for (const issue of result.error.issues) {
    const place = [...path, ...issue.path];
    mistakes.push(mistakeAt(document, place, explain(document, place, issue)));
  }
  return undefined;
}

/** Tables and lists are the only things that zod itself looks at; fields have sentences of their own. */
function explain(document: TomlDocument, path: TomlPath, issue: z.core.$ZodIssue): string {
  const value = valueAt(document.root, path);
  if (issue.code === "invalid_union") return `Expected a table or false, got ${describe(value, "a table")}`;
  if (issue.code !== "invalid_type") return issue.message;
  if (value === undefined) return missing;
  return `Expected ${issue.expected === "array" ? "a list" : "a table"}, got ${describe(value, "a table")}`;
}

/** Where a table or `false` may stand, a table is checked as one. */
function tableOf(schema: Introspected, value: TomlValue | undefined): Introspected {
  return (isTable(value) ? schema.def.options?.find(({ def }) => def.type === "object") : undefined) ?? schema;
}

/** As much as is needed of what zod says about its schemas. */
interface Introspected {
  readonly def: {
    readonly type: string;
    readonly innerType?: Introspected;
    /** What is read of a value before it is made another. */
    readonly in?: Introspected;
    readonly element?: unknown;
    readonly options?: readonly Introspected[];
    readonly valueType?: unknown;
    readonly shape?: Readonly<Record<string, unknown>>;
    readonly catchall?: Introspected;
  };
}

/** What an optional field is when it is there, and what one is read as. */
function unwrap(schema: unknown): Introspected {
  const current = schema as Introspected;
  const inner = current.def.innerType ?? current.def.in;
  return inner === undefined ? current : unwrap(inner);
}
