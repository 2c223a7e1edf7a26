/** Durations as Go writes them ("1m30s", "100ms"), as in Chainlink's job specs, config files and environment variables. */

const nanosecondsPer: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  "\u00b5s": 1_000n,
  "\u03bcs": 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

/** Longer strings are refused unread. */
const maxLength = 100;
/** A Go duration is an int64 of nanoseconds. */
const maxNanoseconds = 2n ** 63n - 1n;

/**
 * Reads a Go duration, with or without a sign, and returns it in milliseconds. Parts of a millisecond are kept
 * ("1500us" is 1.5); anything below a nanosecond is cut off, as in Go.
 * @throws SyntaxError for a string that is not a duration
 * @throws RangeError for one that Go could not hold either, or that a number of milliseconds cannot express exactly
 */
export function parseDuration(text: string): number {
  const nanoseconds = parseNanoseconds(text);
  const ms = fromNanoseconds(nanoseconds);
  if (toNanoseconds(ms) !== nanoseconds) {
    throw new RangeError(`The duration ${quote(text)} is too long to be that precise; write it in whole milliseconds`);
  }
  return ms;
}

/**
 * Writes a duration in milliseconds as Go does: "1m30s", "1h0m0s", "1.5s", "100ms", "250µs", "0s".
 * @throws RangeError for what is not a finite number of milliseconds
 */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) throw new RangeError(`Cannot write ${ms} as a duration: it is not a finite number`);
  let rest = toNanoseconds(ms);
  if (rest === 0n) return "0s";
  const sign = rest < 0n ? "-" : "";
  if (rest < 0n) rest = -rest;
  if (rest < 1_000n) return `${sign}${rest}ns`;
  if (rest < 1_000_000n) return `${sign}${fraction(rest, 1_000n)}µs`;
  if (rest < 1_000_000_000n) return `${sign}${fraction(rest, 1_000_000n)}ms`;
  const hours = rest / 3_600_000_000_000n;
  const minutes = (rest / 60_000_000_000n) % 60n;
  const seconds = `${fraction(rest % 60_000_000_000n, 1_000_000_000n)}s`;
  if (hours > 0n) return `${sign}${hours}h${minutes}m${seconds}`;
  return minutes > 0n ? `${sign}${minutes}m${seconds}` : `${sign}${seconds}`;
}

function parseNanoseconds(text: string): bigint {
  if (text.length > maxLength) throw new SyntaxError(`A string of ${text.length} characters is not a duration`);
  const unsigned = text.replace(/^[+-]/, "");
  if (unsigned === "0") return 0n;
  if (!/^(?:(?:\d+(?:\.\d*)?|\.\d+)[a-z\u00b5\u03bc]+)+$/.test(unsigned)) {
    const advice = /^[\d.]+$/.test(unsigned)
      ? `the unit is missing, write ${quote(`${unsigned}s`)} for seconds`
      : 'write one like "1m30s" or "100ms"';
    throw new SyntaxError(`${quote(text)} is not a duration: ${advice}`);
  }
  let total = 0n;
  for (const [, whole = "", decimals = "", unit = ""] of unsigned.matchAll(/(\d*)\.?(\d*)([a-z\u00b5\u03bc]+)/g)) {
    const size = Object.hasOwn(nanosecondsPer, unit) ? nanosecondsPer[unit] : undefined;
    if (size === undefined) {
      throw new SyntaxError(
        `${quote(text)} is not a duration: there is no unit ${quote(unit)}, only h, m, s, ms, us, ns`,
      );
    }
    total += (BigInt(`0${whole}${decimals}`) * size) / 10n ** BigInt(decimals.length);
  }
  if (total > maxNanoseconds) throw new RangeError(`The duration ${quote(text)} is longer than 292 years`);
  return text.startsWith("-") ? -total : total;
}

/**
 * Milliseconds, fractions included, as Go counts them.
 * @throws RangeError for what is not a finite number
 */
export function toNanoseconds(ms: number): bigint {
  // The two parts one by one: their product does not fit a double exactly beyond some hundred days.
  const whole = Math.trunc(ms);
  return BigInt(whole) * 1_000_000n + BigInt(Math.round((ms - whole) * 1e6));
}

/** The reverse of {@link toNanoseconds}: exact to the nanosecond up to 24 days. */
export function fromNanoseconds(nanoseconds: bigint): number {
  return Number(nanoseconds / 1_000_000n) + Number(nanoseconds % 1_000_000n) / 1e6;
}

/** `value / unit` without trailing zeros. */
function fraction(value: bigint, unit: bigint): string {
  const decimals = (value % unit)
    .toString()
    .padStart(unit.toString().length - 1, "0")
    .replace(/0+$/, "");
  return decimals === "" ? `${value / unit}` : `${value / unit}.${decimals}`;
}

function quote(text: string): string {
  return JSON.stringify(text);
}
