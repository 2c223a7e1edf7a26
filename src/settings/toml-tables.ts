/** Tables that are completed with defaults and written as TOML again, for a program that reads them by itself. */
import { stringify } from "smol-toml";
import { isTable, type TomlTable, type TomlValue } from "./toml.ts";

/** What a table has where it says nothing. Integers are bigints, so that {@link writeToml} writes them as integers. */
export interface TomlDefaults {
  readonly [key: string]: string | boolean | bigint | TomlDefaults;
}

/** What of `defaults` is not in `table`, at any depth. */
export function missingFrom(table: TomlTable, defaults: TomlDefaults): TomlDefaults {
  const missing = Object.entries(defaults).flatMap(([key, value]): [string, TomlDefaults[string]][] => {
    const own = table[key];
    if (own === undefined) return [[key, value]];
    if (!isTable(own) || typeof value !== "object") return [];
    const inner = missingFrom(own, value);
    return Object.keys(inner).length === 0 ? [] : [[key, inner]];
  });
  return Object.fromEntries(missing);
}

/** `table` with all that only `defaults` say, at any depth; whatever `table` says stands. */
export function withDefaults(table: TomlTable, defaults: TomlDefaults): TomlTable {
  const complete: Record<string, TomlValue> = Object.assign(Object.create(null), table);
  for (const [key, value] of Object.entries(defaults)) {
    const own = complete[key];
    if (own === undefined) complete[key] = value;
    else if (isTable(own) && typeof value === "object") complete[key] = withDefaults(own, value);
  }
  return complete;
}

/**
 * Writes a table as a document. Programs in other languages tell integers from floats, which JavaScript's numbers do not: a bigint
 * is written as an integer, and a number as a float, such as `1.0`.
 */
export function writeToml(table: TomlTable): string {
  return stringify(table, { numbersAsFloat: true, maxDepth: Number.POSITIVE_INFINITY });
}
