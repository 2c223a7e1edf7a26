/** TOML that remembers the line of every value, so that every mistake can be reported with its line. */

import { type AST, ParseError, parseTOML } from "toml-eslint-parser";
import { maxDepth } from "../values/depth.ts";
import { formatPath } from "../values/path.ts";
import { ConfigError, type Mistake, type Origin, throwMistakes } from "./mistakes.ts";
import { readConfigText } from "./text-file.ts";

export type TomlValue = string | number | bigint | boolean | Date | readonly TomlValue[] | TomlTable;
/** Without a prototype: any key is an ordinary one. */
export interface TomlTable {
  readonly [key: string]: TomlValue;
}

export function isTable(value: TomlValue | undefined): value is TomlTable {
  return typeof value === "object" && !Array.isArray(value) && !(value instanceof Date);
}

/** Keys of tables, indexes of arrays. */
export type TomlPath = readonly PropertyKey[];

export interface TomlDocument {
  readonly file: string;
  readonly root: TomlTable;
  /** The line of `path`, or of its longest part that exists. */
  originOf(path: TomlPath): Origin & { kind: "file" };
  /** The line in the file of line `line` (from 1) of the string at `path`. */
  originInside(path: TomlPath, line: number): Origin & { kind: "file" };
  /**
   * The table at `path` with exact values, for `writeToml`: integers are bigints, numbers are floats, and dates keep the form in which
   * they are written. Empty where there is no table.
   */
  exactTable(path: TomlPath): TomlTable;
}

/** A mistake at a path of a document. */
export function mistakeAt(document: TomlDocument, path: TomlPath, message: string): Mistake {
  return { origin: document.originOf(path), key: formatPath(path), message };
}

/**
 * Reads a file.
 * @param name the file's name for messages
 * @throws ConfigError
 */
export function readToml(file: string, name = file): TomlDocument {
  return parseToml(readConfigText(file, name), name);
}

/**
 * Parses TOML 1.0.
 * @param file the name for messages
 * @throws ConfigError with the first syntax error, or all integers that are out of range
 */
export function parseToml(text: string, file: string): TomlDocument {
  const fail = (line: number, message: string): never => {
    throw new ConfigError([{ origin: { kind: "file", file, line }, key: "", message }]);
  };
  try {
    const [top] = parseTOML(text, { tomlVersion: "1.0" }).body;
    return readDocument(top, text, file);
  } catch (error) {
    if (error instanceof ParseError) return fail(error.lineNumber, `Not TOML: ${lowerFirst(error.message)}`);
    if (error instanceof DepthError) return fail(error.line, tooDeep);
    // The parser is recursive.
    if (error instanceof RangeError) return fail(1, tooDeep);
    throw error;
  }
}

const tooDeep = `Its tables or lists are nested more than ${maxDepth} levels deep`;

/** A path is looked up by its whole text, so that each further level costs as much as all before it. */
class DepthError extends Error {
  readonly line: number;

  constructor(line: number) {
    super(tooDeep);
    this.line = line;
  }
}

type MutableTable = Record<string, unknown>;

function readDocument(top: AST.TOMLTopLevelTable, text: string, file: string): TomlDocument {
  const root = createTable();
  const locations = new Map<string, { line: number; value: AST.TOMLContentNode | undefined }>();
  const mistakes: Mistake[] = [];
  for (const entry of top.body) {
    if (entry.type === "TOMLKeyValue") assign(root, [], entry);
    else {
      const table = descend(root, [], entry.resolvedKey, entry.loc.start.line);
      for (const keyValue of entry.body) assign(table, entry.resolvedKey, keyValue);
    }
  }
  throwMistakes(mistakes);

  const locate = (path: TomlPath) => {
    for (let length = path.length; length > 0; length -= 1) {
      const found = locations.get(JSON.stringify(path.slice(0, length)));
      if (found !== undefined) return found;
    }
    return { line: 1, value: undefined };
  };
  return {
    file,
    root: root as TomlTable,
    originOf: (path) => ({ kind: "file", file, line: locate(path).line }),
    originInside: (path, line) => ({ kind: "file", file, line: lineInside(locate(path), line, text) }),
    exactTable(path) {
      const value = path.reduce<unknown>((outer, key) => (outer as MutableTable | undefined)?.[key as string], root);
      return exact(value, path) as TomlTable;
    },
  };

  function exact(value: unknown, path: TomlPath): unknown {
    if (Array.isArray(value)) return value.map((item, index) => exact(item, [...path, index]));
    const node = locations.get(JSON.stringify(path))?.value;
    if (value instanceof Date) return new WrittenDate(value, (node as AST.TOMLDateTimeValue).datetime);
    if (typeof value === "number") return node?.type === "TOMLValue" && node.kind === "integer" ? node.bigint : value;
    if (typeof value !== "object" || value === null) return value;
    const table = createTable();
    for (const [key, item] of Object.entries(value)) table[key] = exact(item, [...path, key]);
    return table;
  }

  /** Goes down to the table at `keys` below `table`, making what is missing. */
  function descend(table: MutableTable, above: TomlPath, keys: TomlPath, line: number): MutableTable {
    if (above.length + keys.length > maxDepth) throw new DepthError(line);
    let current: MutableTable = table;
    keys.forEach((key, index) => {
      const path = JSON.stringify([...above, ...keys.slice(0, index + 1)]);
      if (!locations.has(path)) locations.set(path, { line, value: undefined });
      // An index follows the array's own key, and arrays of tables are filled in order.
      current[key as string] ??= typeof keys[index + 1] === "number" ? [] : createTable();
      current = current[key as string] as MutableTable;
    });
    return current;
  }

  function assign(table: MutableTable, above: TomlPath, keyValue: AST.TOMLKeyValue): void {
    const keys = keyValue.key.keys.map((key) => (key.type === "TOMLBare" ? key.name : key.value));
    const line = keyValue.loc.start.line;
    const path = [...above, ...keys];
    const last = keys.at(-1) ?? "";
    const owner = descend(table, above, keys.slice(0, -1), line);
    locations.set(JSON.stringify(path), { line, value: keyValue.value });
    owner[last] = convert(keyValue.value, path);
  }

  function convert(node: AST.TOMLContentNode, path: TomlPath): unknown {
    if (path.length > maxDepth) throw new DepthError(node.loc.start.line);
    if (node.type === "TOMLArray") {
      return node.elements.map((element, index) => {
        locations.set(JSON.stringify([...path, index]), { line: element.loc.start.line, value: element });
        return convert(element, [...path, index]);
      });
    }
    if (node.type === "TOMLInlineTable") {
      const table = createTable();
      for (const keyValue of node.body) assign(table, path, keyValue);
      return table;
    }
    if (node.kind !== "integer") return node.value;
    if (node.bigint < -(2n ** 63n) || node.bigint >= 2n ** 63n) {
      const origin: Origin = { kind: "file", file, line: node.loc.start.line };
      mistakes.push({ origin, key: formatPath(path), message: "An integer must fit into 64 bits" });
    }
    return Number.isSafeInteger(node.value) ? node.value : node.bigint;
  }
}

/** Exact for a usual multi-line string; for other strings, the line where the string begins. */
function lineInside(
  location: { line: number; value: AST.TOMLContentNode | undefined },
  line: number,
  text: string,
): number {
  const { value } = location;
  if (value?.type !== "TOMLValue" || value.kind !== "string" || !value.multiline) return location.line;
  const written = text.slice(...value.range);
  const joined = value.style === "basic" && /\\(?:[ \t]*\r?\n|n|u000[aA]|U0000000[aA])/.test(written);
  if (joined) return value.loc.start.line;
  return value.loc.start.line + (/^.{3}\r?\n/.test(written) ? 1 : 0) + line - 1;
}

/** A date that is written as it was read: TOML has four forms of dates and times, some finer than JavaScript's. */
class WrittenDate extends Date {
  readonly #text: string;

  constructor(date: Date, text: string) {
    super(date);
    this.#text = text;
  }

  override toISOString(): string {
    return this.#text;
  }
}

function createTable(): MutableTable {
  return Object.create(null);
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
