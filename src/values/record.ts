/** Whether a value is an object with keys, as JSON and TOML mean one: no list, and not nothing. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
