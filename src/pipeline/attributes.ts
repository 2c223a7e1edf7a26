/** Reads a task's attributes once, when the pipeline is loaded. Mistakes are collected rather than thrown. */
import { hideSecrets } from "../settings/secrets.ts";
import { parseDuration } from "../values/duration.ts";
import { errorText } from "../values/error-text.ts";
import { toText } from "./bytes.ts";
import { type Decimal, describeValue, toDecimal } from "./decimal.ts";
import type { DotAttribute, DotNode } from "./dot.ts";
import type { PipelineMistake } from "./errors.ts";
import { parseJson } from "./json.ts";
import type { Scope, Value } from "./types.ts";
import { type JsonTemplate, lookUp, parseJsonTemplate, parseVariable, type Variable } from "./variables.ts";

/** The value of an attribute in a run. It may throw when the attribute is a variable. */
export type Parameter<T> = (scope: Scope) => T;

/**
 * The attributes of one task. A reader returns `undefined` when the attribute is missing, or blank, which is the same, or wrong, which it
 * notes as a mistake.
 */
export interface Attributes {
  readonly task: string;
  /** A string, or a variable that holds one. */
  string(key: string): Parameter<string> | undefined;
  /** What `convert` makes of a string, without blanks around it unless they are meant, or of what a variable holds. */
  parameter<T>(key: string, convert: (value: Value) => T, blanks?: "meant"): Parameter<T> | undefined;
  /** A number, or a variable that holds one. */
  decimal(key: string): Parameter<Decimal> | undefined;
  /** A whole number, or a variable that holds one. */
  integer(key: string, least: number, most: number): Parameter<number> | undefined;
  /** "true" or "false", or another of Go's words for them. */
  flag(key: string): boolean | undefined;
  /** A Go duration, not negative, in milliseconds. */
  duration(key: string): number | undefined;
  /** JSON with variables in it, or one variable. */
  json(key: string): JsonTemplate | undefined;
  /** A JSON list of strings. */
  strings(key: string): readonly string[] | undefined;
  /** The string as written, blanks and all; no variable is allowed. */
  literal(key: string): string | undefined;
  /** Notes that `key` is missing, if it is. */
  require(key: string): void;
  /** Notes a mistake. */
  mistake(key: string, message: string): void;
}

export interface ReadAttributes extends Attributes {
  /** All variables in the attributes that have been read. */
  readonly variables: readonly { readonly variable: Variable; readonly key: string; readonly line: number }[];
}

/** The attribute with that name, or else the one that is spelled with other capitals, as Chainlink reads them. */
export function findAttribute({ attributes }: DotNode, key: string): DotAttribute | undefined {
  const exact = attributes.get(key);
  if (exact !== undefined) return exact;
  for (const [name, attribute] of attributes) if (name.toLowerCase() === key.toLowerCase()) return attribute;
  return undefined;
}

export function readAttributes(node: DotNode, mistakes: PipelineMistake[]): ReadAttributes {
  const variables: { variable: Variable; key: string; line: number }[] = [];

  const find = (key: string) => findAttribute(node, key);
  const mistake = (key: string, message: string) => {
    const line = find(key)?.line ?? node.line;
    mistakes.push({ line, message: `Task "${node.name}", ${key}: ${message}` });
  };

  /** Runs `read` on the attribute's value, unless that is nothing; an error that it throws is a mistake. */
  function attempt<T>(key: string, read: (text: string) => T, isNothing = isBlank): T | undefined {
    const attribute = find(key);
    if (attribute === undefined || isNothing(attribute.value)) return undefined;
    try {
      return read(attribute.value);
    } catch (error) {
      mistake(key, errorText(error));
      return undefined;
    }
  }

  function note(key: string, variable: Variable): void {
    variables.push({ variable, key, line: find(key)?.line ?? node.line });
  }

  /** A literal value, which is checked now, or a variable, which is checked in every run. */
  function parameter<T>(key: string, convert: (value: Value) => T, blanks?: "meant"): Parameter<T> | undefined {
    return attempt(key, (text) => {
      const variable = parseVariable(text);
      if (variable === undefined) {
        refuseVariables(text);
        const value = convert(blanks === "meant" ? text : text.trim());
        return () => value;
      }
      note(key, variable);
      return (scope: Scope) => {
        const value = lookUp(variable, scope);
        try {
          return convert(value);
        } catch (error) {
          throw new TypeError(`${key}: ${errorText(error)}`, { cause: error });
        }
      };
    });
  }

  return {
    task: node.name,
    variables,
    mistake,
    string: (key) => parameter(key, toText),
    parameter,
    decimal: (key) => parameter(key, toDecimal),
    integer: (key, least, most) => parameter(key, (value) => toWhole(value, least, most)),
    literal: (key) => attempt(key, refuseVariables, (text) => text === ""),
    flag: (key) => attempt(key, (text) => toFlag(text.trim())),
    duration: (key) => attempt(key, toDuration),
    json: (key) =>
      attempt(key, (text) => {
        const template = parseJsonTemplate(text);
        for (const variable of template.variables) note(key, variable);
        return template;
      }),
    strings: (key) => attempt(key, toStrings),
    require(key) {
      if (isBlank(find(key)?.value ?? "")) mistake(key, "It is missing and has no default");
    },
  };
}

function isBlank(text: string): boolean {
  return text.trim() === "";
}

function refuseVariables(text: string): string {
  if (text.includes("$(")) {
    throw new TypeError(`${describeValue(text)} contains a variable: a variable must be the whole value`);
  }
  return text;
}

function toWhole(value: Value, least: number, most: number): number {
  const decimal = toDecimal(value);
  if (!decimal.round(0, 0).eq(decimal) || decimal.lt(least) || decimal.gt(most)) {
    throw new RangeError(`Expected a whole number from ${least} to ${most}, got ${describeValue(value)}`);
  }
  return Number(decimal.toFixed(0));
}

const words = new Map([
  ...["1", "t", "T", "TRUE", "true", "True"].map((word) => [word, true] as const),
  ...["0", "f", "F", "FALSE", "false", "False"].map((word) => [word, false] as const),
]);

/** A boolean, or one of Go's words for it. @throws TypeError for anything else */
export function toFlag(value: Value): boolean {
  const found = typeof value === "string" ? words.get(value) : value;
  if (typeof found !== "boolean") throw new TypeError(`Expected true or false, got ${describeValue(value)}`);
  return found;
}

function toDuration(text: string): number {
  const ms = parseDuration(text.trim());
  if (ms < 0) throw new RangeError(`The duration ${describeValue(text)} is negative`);
  return ms;
}

function toStrings(text: string): readonly string[] {
  const list = parseJson(text);
  if (!Array.isArray(list) || !list.every((item): item is string => typeof item === "string")) {
    throw new TypeError(
      `Expected a JSON list of strings such as ["name", "value"], got ${describeValue(hideSecrets(text))}`,
    );
  }
  return list;
}
