/** Durations as Chainlink's TOML files write them: Go's text form. */

const msPerUnit = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const part = /([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|ms|s|m|h)/g;

/**
 * @param text such as `1s`, `500ms` or `1m30s`
 * @returns milliseconds; `undefined` for anything that is no duration, negative ones included
 */
export function parseDuration(text: string): number | undefined {
  if (text === "0") return 0;
  const parts = [...text.matchAll(part)];
  if (parts.length === 0 || parts.map(([whole]) => whole).join("") !== text) return undefined;
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * msPerUnit[unit as keyof typeof msPerUnit], 0);
}
