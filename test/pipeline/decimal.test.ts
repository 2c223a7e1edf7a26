/** Exact decimals of bounded length. */
import fc from "fast-check";
import { LosslessNumber } from "lossless-json";
import { describe, expect, it } from "vitest";
import { add, divide, maxDigits, multiply, toDecimal, toInteger } from "../../src/pipeline/decimal.ts";

describe("toDecimal()", () => {
  it.each(["0", "-0", "1.5", "+1.5", ".5", "5.", "1e3", "1E-3", " 7 ", "123456789012345678901234567890.123456789"])(
    "reads %j",
    (text) => {
      expect(() => toDecimal(text)).not.toThrow();
    },
  );

  it.each(["", " ", ".", "1,5", "0x10", "1_000", "NaN", "Infinity", "1e", "--1", "1 2", "one"])(
    "refuses %j",
    (text) => {
      expect(() => toDecimal(text)).toThrow("Expected a number, got ");
    },
  );

  it.each([
    [null, "nothing"],
    [true, "true"],
    [[1], "a list"],
    [{}, "an object"],
    [1.5, "1.5"],
  ])("refuses %j, which is not an exact number", (value, shown) => {
    expect(() => toDecimal(value)).toThrow(`Expected a number, got ${shown}`);
  });

  it.each([
    "1e1000000000",
    "1e-1000000000",
    "1e1000",
    "1e99999999999999999999",
    "9".repeat(1001),
    `0.${"1".repeat(1001)}`,
    "1".repeat(100_000),
  ])("refuses what would fill the memory, no. %#", (text) => {
    expect(() => toDecimal(text)).toThrow("digits before or after the point");
    expect(() => toDecimal(new LosslessNumber(text))).toThrow("digits before or after the point");
  });

  it("accepts numbers that fit, and zero with any exponent", () => {
    expect(toInteger(toDecimal("9".repeat(maxDigits)))).toBe(10n ** BigInt(maxDigits) - 1n);
    expect(toInteger(toDecimal("0e999999999"))).toBe(0n);
  });
});

describe("arithmetic", () => {
  it("is exact where doubles are not", () => {
    expect(add(toDecimal("0.1"), toDecimal("0.2")).toFixed()).toBe("0.3");
    expect(multiply(toDecimal("1.000000000000000001"), toDecimal("1000000000000000000")).toFixed()).toBe(
      "1000000000000000001",
    );
    expect(toInteger(toDecimal("12345678901234567890123.9"))).toBe(12345678901234567890123n);
  });

  it.each([
    ["1", "3", 16, "0.3333333333333333"],
    ["2", "3", 16, "0.6666666666666667"],
    ["-2", "3", 2, "-0.67"],
    ["1", "8", 2, "0.13"],
    ["-1", "8", 2, "-0.13"],
    ["1", "3", 0, "0"],
    ["149.5", "1", -2, "100"],
    ["150", "1", -2, "200"],
    ["-150", "1", -2, "-200"],
    ["1", "0.0000000000000000001", 5, "10000000000000000000"],
  ])("divides %s by %s to %d digits, half away from zero", (a, b, precision, quotient) => {
    expect(divide(toDecimal(a), toDecimal(b), precision).toFixed()).toBe(quotient);
  });

  it("refuses to divide by zero, and results that are too long", () => {
    expect(() => divide(toDecimal("1"), toDecimal("0.0"), 2)).toThrow("Cannot divide by zero");
    const long = toDecimal("9".repeat(900));
    expect(() => multiply(long, long)).toThrow(RangeError);
    expect(() => divide(long, toDecimal(`0.${"0".repeat(500)}1`), 2)).toThrow(RangeError);
  });

  it.each([
    ["1.9", 1n],
    ["-1.9", -1n],
    ["0.999", 0n],
    ["-0.999", 0n],
    ["1e20", 100000000000000000000n],
  ])("cuts %s toward zero", (text, integer) => {
    expect(toInteger(toDecimal(text))).toBe(integer);
  });

  it("agrees with integer arithmetic", () => {
    const integer = fc.bigInt({ min: -(10n ** 60n), max: 10n ** 60n });
    fc.assert(
      fc.property(integer, integer, (a, b) => {
        const [x, y] = [toDecimal(a), toDecimal(String(b))];
        expect(toInteger(multiply(x, y))).toBe(a * b);
        expect(toInteger(add(x, y))).toBe(a + b);
        if (b !== 0n) {
          const [n, d] = [a < 0n ? -a : a, b < 0n ? -b : b];
          const rounded = (2n * n + d) / (2n * d);
          expect(toInteger(divide(x, y, 0))).toBe(a < 0n === b < 0n ? rounded : -rounded);
        }
      }),
    );
  });
});
