/** Go's durations, read and written. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatDuration, fromNanoseconds, parseDuration, toNanoseconds } from "../../src/values/duration.ts";

describe("parseDuration()", () => {
  it.each([
    ["0", 0],
    ["0s", 0],
    ["1m30s", 90_000],
    ["100ms", 100],
    ["1h", 3_600_000],
    ["1.5h", 5_400_000],
    [".5s", 500],
    ["1.s", 1000],
    ["-2s", -2000],
    ["+2s", 2000],
    ["1500us", 1.5],
    ["1500µs", 1.5],
    ["1500\u03bcs", 1.5],
    ["1ns", 0.000001],
    ["0.0000000001s", 0],
    ["1h1m1s1ms", 3_661_001],
    ["24h0m0s", 86_400_000],
  ])("reads %s", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each([
    "",
    " ",
    "1",
    "5 s",
    "1d",
    "s",
    ".s",
    "1m30",
    "1..5s",
    "0x1s",
    "1e3s",
    "--1s",
    "1s ",
    "five",
    "1S",
    "∞s",
    "1constructors",
  ])("refuses %j", (text) => {
    expect(() => parseDuration(text)).toThrow(SyntaxError);
  });

  it("says what is missing when there is no unit", () => {
    expect(() => parseDuration("30")).toThrow('"30" is not a duration: the unit is missing, write "30s" for seconds');
  });

  it("refuses what Go could not hold, and what is too precise for its length", () => {
    expect(() => parseDuration("2562048h")).toThrow(RangeError);
    expect(() => parseDuration("2000000h0.000000001s")).toThrow(RangeError);
    expect(() => parseDuration(`${"9".repeat(99)}h`)).toThrow(RangeError);
  });

  it("refuses long strings unread", () => {
    expect(() => parseDuration("1s".repeat(10_000_000))).toThrow("A string of 20000000 characters is not a duration");
  });

  it("throws nothing but its own errors on garbage", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(..."0123456789.+-hmsunµ ") })), (text) => {
        try {
          expect(parseDuration(text)).toBeTypeOf("number");
        } catch (error) {
          expect(error instanceof SyntaxError || error instanceof RangeError).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe("formatDuration()", () => {
  it.each([
    [0, "0s"],
    [0.000001, "1ns"],
    [0.25, "250µs"],
    [1.5, "1.5ms"],
    [100, "100ms"],
    [1500, "1.5s"],
    [90_000, "1m30s"],
    [3_600_000, "1h0m0s"],
    [-90_000, "-1m30s"],
  ])("writes %d ms as Go does", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it("refuses what is not finite", () => {
    expect(() => formatDuration(Number.NaN)).toThrow(RangeError);
    expect(() => formatDuration(Infinity)).toThrow(RangeError);
  });

  it("writes what parseDuration() reads back", () => {
    const wholeMs = fc.integer({ min: -9_000_000_000_000, max: 9_000_000_000_000 });
    const nanoseconds = fc.integer({ min: -(2 ** 50), max: 2 ** 50 }).map((count) => {
      const ms = Math.trunc(count / 1e6);
      return ms + (count - ms * 1e6) / 1e6;
    });
    fc.assert(
      fc.property(fc.oneof(wholeMs, nanoseconds), (ms) => {
        expect(parseDuration(formatDuration(ms)) + 0).toBe(ms + 0);
      }),
    );
  });
});

describe("nanoseconds", () => {
  it.each([
    [0, 0n],
    [1.000001, 1_000_001n],
    [-0.5, -500_000n],
    [365 * 86_400_000 + 0.5, 31_536_000_000_500_000n],
  ])("are had of %d ms, and %d ms of them", (ms, nanoseconds) => {
    expect(toNanoseconds(ms)).toBe(nanoseconds);
    expect(fromNanoseconds(nanoseconds)).toBe(ms);
  });

  it("round what is smaller than one of them", () => {
    expect(toNanoseconds(0.0000006)).toBe(1n);
  });

  it("are refused for what is not finite", () => {
    expect(() => toNanoseconds(Number.NaN)).toThrow(RangeError);
    expect(() => toNanoseconds(-Infinity)).toThrow(RangeError);
  });
});
