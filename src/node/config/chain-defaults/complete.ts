/**
 * Completes a chain's table. A relayer plugin is given a config that says everything: the Chainlink node fills in the defaults
 * before it hands the table over, and a plugin of another language may end with a crash over a key that is not there.
 */
import { formatPath, isTable, parseToml, type TomlTable, type TomlValue } from "../../../settings/toml.ts";

/** What of `defaults` is not in `table`, at any depth; whatever `table` says stands. */
export function missingFrom(table: TomlTable, defaults: TomlTable): TomlTable {
  const missing = Object.entries(defaults).flatMap(([key, value]): [string, TomlValue][] => {
    const own = table[key];
    if (own === undefined) return [[key, value]];
    if (!isTable(own) || !isTable(value)) return [];
    const inner = missingFrom(own, value);
    return Object.keys(inner).length === 0 ? [] : [[key, inner]];
  });
  return Object.fromEntries(missing);
}

/**
 * Adds what is missing to the text of a chain's table, of which every line stays as it is.
 * @param toml the table's own text, under a header of its own where `wrapper` is given
 * @param missing what {@link missingFrom} found
 * @returns undefined where the text cannot be added to: a table in it is written in braces
 */
export function completeText(toml: string, missing: TomlTable, wrapper?: string): string | undefined {
  const lines = toml.trimEnd().split("\n");
  const above = wrapper === undefined ? [] : [wrapper];
  const top: string[] = [];
  for (const [key, value] of Object.entries(missing)) {
    if (!isTable(value)) {
      top.push(line([key], value));
      continue;
    }
    const header = `[${formatPath([...above, key])}]`;
    const inner = Object.entries(value);
    const at = lines.indexOf(header);
    if (at >= 0) lines.splice(at + 1, 0, ...inner.map(([name, own]) => line([name], own)));
    else if (isWritten(toml, [...above, key])) top.push(...inner.map(([name, own]) => line([key, name], own)));
    else lines.push(header, ...inner.map(([name, own]) => line([name], own)));
  }
  // Where the table's own keys stand: above all tables in it.
  lines.splice(above.length, 0, ...top);
  const text = `${lines.join("\n")}\n`;
  return isToml(text) ? text : undefined;
}

function line(path: readonly string[], value: TomlValue): string {
  return `${formatPath(path)} = ${JSON.stringify(value)}`;
}

/** Whether there is a table at the path. */
function isWritten(toml: string, path: readonly string[]): boolean {
  let value: TomlValue | undefined = parseToml(toml, "").root;
  for (const key of path) value = isTable(value) ? value[key] : undefined;
  return value !== undefined;
}

function isToml(text: string): boolean {
  try {
    parseToml(text, "");
    return true;
  } catch {
    return false;
  }
}
