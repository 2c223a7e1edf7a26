/** Completes tables with defaults and writes them as TOML again, for another program to read. */
import { stringify } from "smol-toml";
import { isTable, type TomlTable, type TomlValue } from "./toml.ts";

/** Values for keys that a table does not have. Integers are bigints, so that {@link writeToml} writes them as integers. */
export interface TomlDefaults {
  readonly [key: string]: string | boolean | bigint | TomlDefaults;
}

/** The part of `defaults` that is not in `table`, at any depth. */
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

/** `table` with the keys that only `defaults` has, at any depth. The values of `table` win. */
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
