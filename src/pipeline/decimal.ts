/**
 * Exact decimals of bounded length. A number never passes through a double, and no input, however short, can make one that
 * fills the memory: `1e1000000000` is refused where it is read.
 */
import { Big } from "big.js";
import { LosslessNumber } from "lossless-json";
import { describe, shorten } from "../values/text.ts";

/** A constructor of our own: big.js keeps its settings on the constructor, and others may use the shared one. */
const Decimal = Big();
/** How big.js calls "half away from zero" and "toward zero". */
const halfUp = 1;
const down = 0;

export type Decimal = Big;

/** Most digits of a number, before and after the point each; int192, the widest value on chain, has 58. */
export const maxDigits = 1000;

const decimalText = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * Reads a number: a decimal text, a JSON number, an integer.
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
  // Rounding happens once, by the division itself: a negative precision is a division by a larger divisor.
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

/** What a value of the pipeline is, in a few words. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  return value instanceof LosslessNumber ? shorten(value.value) : describe(value);
}

function parse(text: string): Decimal {
  // The exponent is looked at first: big.js would carry out 1e9999999999 as it stands.
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
  return new RangeError(`A number of more than ${maxDigits} digits before or after the point is refused`);
}
