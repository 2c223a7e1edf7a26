/** TOML as JSON: the form in which a job's relay and plugin settings are sent to plugins. */
import { stringify } from "lossless-json";
import type { TomlTable, TomlValue } from "../settings/toml.ts";

/**
 * Writes a table as JSON; integers keep all their digits, dates become strings.
 * @throws TypeError for a number that JSON does not have
 */
export function toJson(table: TomlTable): Uint8Array {
  return new TextEncoder().encode(stringify(plain(table)) ?? "{}");
}

function plain(value: TomlValue): unknown {
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "number" && !Number.isFinite(value)) throw new TypeError(`JSON has no number ${value}`);
  if (typeof value !== "object") return value;
  const copy: Record<string, unknown> = Object.create(null);
  for (const [key, item] of Object.entries(value)) copy[key] = plain(item);
  return copy;
}
