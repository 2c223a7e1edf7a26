/**
 * Exact decimals of bounded length. Numbers are never converted to doubles, and no short input can make a number that fills the
 * memory: `1e1000000000` is refused when it is read.
 */
import { Big } from "big.js";
import { LosslessNumber } from "lossless-json";
import { maskUrls } from "../settings/secrets.ts";
import { describe, shorten } from "../values/text.ts";

/** A separate constructor, because big.js keeps its settings on the constructor and other code may use the shared one. */
const Decimal = Big();
/** big.js's names for "half away from zero" and "toward zero". */
const halfUp = 1;
const down = 0;

export type Decimal = Big;

/** The most digits of a number before the point, and after it; int192, the widest value on chain, has 58. */
export const maxDigits = 1000;

const decimalText = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * Reads a number: a decimal string, a JSON number, an integer.
 * @throws TypeError for anything else
 * @throws RangeError when it has more than {@link maxDigits} digits before or after the point
 */
export function toDecimal(value: unknown): Decimal {
  if (value instanceof Decimal) return value;
  if (value instanceof LosslessNumber) return parse(value.value);
  if (typeof value === "bigint") return bounded(new Decimal(value.toString()));
  if (typeof value === "number" && Number.isSafeInteger(value)) return new Decimal(value);
  if (typeof value === "string") return parse(value.trim());
  throw new TypeError(`Expected a number, got ${describeValue(value)}`);
}

export function isDecimal(value: unknown): value is Decimal {
  return value instanceof Decimal;
}

/** @throws RangeError when the product is too long */
export function multiply(a: Decimal, b: Decimal): Decimal {
  return bounded(a.times(b));
}

/** @throws RangeError when the sum is too long */
export function add(a: Decimal, b: Decimal): Decimal {
  return bounded(a.plus(b));
}

/**
 * The quotient, rounded half away from zero.
 * @param precision digits after the point; a negative one rounds to tens, hundreds, ...
 * @throws RangeError for a divisor of zero, and when the quotient is too long
 */
export function divide(dividend: Decimal, divisor: Decimal, precision: number): Decimal {
  if (divisor.eq(0)) throw new RangeError("Cannot divide by zero");
  // Only the division rounds: a negative precision is a division by a larger divisor.
  const unit = new Decimal(`1e${Math.max(0, -precision)}`);
  const scaled = new Decimal(dividend);
  Decimal.DP = Math.max(0, precision);
  Decimal.RM = halfUp;
  return bounded(scaled.div(divisor.times(unit)).times(unit));
}

/** Cuts toward zero. */
export function toInteger(value: Decimal): bigint {
  return BigInt(value.round(0, down).toFixed(0));
}

/** Ascending, as `Array.prototype.sort` wants it. */
export function compare(a: Decimal, b: Decimal): number {
  return a.cmp(b);
}

/** Describes a value of the pipeline in a few words, without the keys of URLs. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (value instanceof Uint8Array) return "bytes";
  return value instanceof LosslessNumber
    ? shorten(value.value)
    : describe(typeof value === "string" ? maskUrls(value) : value);
}

function parse(text: string): Decimal {
  // Checked first, because big.js would write out all digits of a number such as 1e9999999999.
  if (text.length > 3 * maxDigits) throw tooLong();
  if (!decimalText.test(text)) throw new TypeError(`Expected a number, got ${describeValue(text)}`);
  return bounded(new Decimal(text.replace(/^\+/, "")));
}

function bounded(value: Decimal): Decimal {
  // `c` holds the digits without leading and trailing zeros, `e` the exponent of the first of them.
  if (value.c[0] === 0) return value;
  if (value.e >= maxDigits || value.c.length - value.e - 1 > maxDigits) throw tooLong();
  return value;
}

function tooLong(): RangeError {
  return new RangeError(`A number must not have more than ${maxDigits} digits before or after the point`);
}
