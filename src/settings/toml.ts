/** TOML that remembers where everything stands, so that every mistake can be told with its line. */
import { type AST, ParseError, parseTOML } from "toml-eslint-parser";
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
  /** Where `path` stands, or the nearest part of it that is there. */
  originOf(path: TomlPath): Origin & { kind: "file" };
  /** Where line `line` (from 1) of the text at `path` stands. */
  originInside(path: TomlPath, line: number): Origin & { kind: "file" };
  /**
   * The TOML of one item of an array of tables, for somebody who reads it as a document of its own.
   * @param wrapper puts it all under a table of this name
   * @returns undefined when the item is not written as `[[name]]`
   */
  itemText(name: string, index: number, wrapper?: string): string | undefined;
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
 * @throws ConfigError with the first mistake of form, or all integers out of range
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
    // The parser is recursive.
    if (error instanceof RangeError) return fail(1, "Not a config: its tables or lists are nested too deeply");
    throw error;
  }
}

type MutableTable = Record<string, unknown>;

function readDocument(top: AST.TOMLTopLevelTable, text: string, file: string): TomlDocument {
  const root = createTable();
  const places = new Map<string, { line: number; value: AST.TOMLContentNode | undefined }>();
  const mistakes: Mistake[] = [];
  for (const entry of top.body) {
    if (entry.type === "TOMLKeyValue") assign(root, [], entry);
    else {
      const table = descend(root, [], entry.resolvedKey, entry.loc.start.line);
      for (const keyValue of entry.body) assign(table, entry.resolvedKey, keyValue);
    }
  }
  throwMistakes(mistakes);

  const place = (path: TomlPath) => {
    for (let length = path.length; length > 0; length -= 1) {
      const found = places.get(JSON.stringify(path.slice(0, length)));
      if (found !== undefined) return found;
    }
    return { line: 1, value: undefined };
  };
  return {
    file,
    root: root as TomlTable,
    originOf: (path) => ({ kind: "file", file, line: place(path).line }),
    originInside: (path, line) => ({ kind: "file", file, line: lineInside(place(path), line, text) }),
    itemText: (name, index, wrapper) => itemText(top, text, name, index, wrapper),
  };

  /** Goes down to the table at `keys` below `table`, making what is missing. */
  function descend(table: MutableTable, above: TomlPath, keys: TomlPath, line: number): MutableTable {
    let current: MutableTable = table;
    keys.forEach((key, index) => {
      const path = JSON.stringify([...above, ...keys.slice(0, index + 1)]);
      if (!places.has(path)) places.set(path, { line, value: undefined });
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
    places.set(JSON.stringify(path), { line, value: keyValue.value });
    owner[last] = convert(keyValue.value, path);
  }

  function convert(node: AST.TOMLContentNode, path: TomlPath): unknown {
    if (node.type === "TOMLArray") {
      return node.elements.map((element, index) => {
        places.set(JSON.stringify([...path, index]), { line: element.loc.start.line, value: element });
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
      mistakes.push({ origin, key: formatPath(path), message: "An integer has 64 bits at most" });
    }
    return Number.isSafeInteger(node.value) ? node.value : node.bigint;
  }
}

/** `plugins.median.transport`, `EVM[0].Nodes[1].Name`, `plugins."median.btc-usd".env` */
export function formatPath(path: TomlPath): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    const name = /^[A-Za-z0-9_-]+$/.test(String(key)) ? String(key) : JSON.stringify(String(key));
    return text === "" ? name : `${text}.${name}`;
  }, "");
}

/** Exact for a text of several lines as people write it; else the line where the text begins. */
function lineInside(
  place: { line: number; value: AST.TOMLContentNode | undefined },
  line: number,
  text: string,
): number {
  const { value } = place;
  if (value?.type !== "TOMLValue" || value.kind !== "string" || !value.multiline) return place.line;
  const written = text.slice(...value.range);
  const joined = value.style === "basic" && /\\(?:[ \t]*\r?\n|n|u000[aA]|U0000000[aA])/.test(written);
  if (joined) return value.loc.start.line;
  return value.loc.start.line + (/^.{3}\r?\n/.test(written) ? 1 : 0) + line - 1;
}

function itemText(
  top: AST.TOMLTopLevelTable,
  text: string,
  name: string,
  index: number,
  wrapper: string | undefined,
): string | undefined {
  const lines: string[] = [];
  for (const table of top.body) {
    if (table.type !== "TOMLTable" || table.resolvedKey[0] !== name || table.resolvedKey[1] !== index) continue;
    const keys = [wrapper ?? [], ...table.resolvedKey.slice(2).filter((key) => typeof key === "string")].flat();
    if (keys.length > 0) {
      const header = formatPath(keys);
      const own = table.resolvedKey.length > 2 && table.kind === "array";
      lines.push(own ? `[[${header}]]` : `[${header}]`);
    }
    for (const keyValue of table.body) lines.push(text.slice(...keyValue.range));
  }
  return lines.length === 0 ? undefined : `${lines.join("\n")}\n`;
}

function createTable(): MutableTable {
  return Object.create(null);
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
