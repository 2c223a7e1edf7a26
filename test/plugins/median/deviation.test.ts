import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deviatesRelatively, parseDeviationFunction } from "../../../src/plugins/median/deviation.ts";

const definition = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

describe("the built-in deviation", () => {
  it("includes the threshold itself, up and down", () => {
    expect(deviatesRelatively(5_000_000n, 1000n, 1005n)).toBe(true);
    expect(deviatesRelatively(5_000_000n, 1000n, 995n)).toBe(true);
    expect(deviatesRelatively(5_000_001n, 1000n, 1005n)).toBe(false);
    expect(deviatesRelatively(5_000_000n, 1000n, 1004n)).toBe(false);
  });

  it("is relative to the size of a negative value", () => {
    expect(deviatesRelatively(5_000_000n, -1000n, -1005n)).toBe(true);
    expect(deviatesRelatively(5_000_000n, -1000n, -1004n)).toBe(false);
    expect(deviatesRelatively(2_000_000_000n, -1000n, 1000n)).toBe(true);
  });

  it("counts every change from zero as a deviation, and no change as none", () => {
    expect(deviatesRelatively(10n ** 18n, 0n, 1n)).toBe(true);
    expect(deviatesRelatively(0n, 0n, 0n)).toBe(false);
  });

  it("counts every value as a deviation at a threshold of zero", () => {
    expect(deviatesRelatively(0n, 1000n, 1000n)).toBe(true);
  });

  it("is exact where floating point is not", () => {
    const old = 10n ** 40n;
    const step = old / 1_000_000_000n;
    expect(deviatesRelatively(1n, old, old + step)).toBe(true);
    expect(deviatesRelatively(1n, old, old + step - 1n)).toBe(false);
  });

  it("agrees with the definition for any numbers", () => {
    const numbers = fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n });
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 12n }), numbers, numbers, (ppb, old, current) => {
        fc.pre(old !== 0n);
        const change = current > old ? current - old : old - current;
        const size = old > 0n ? old : -old;
        // Least change that deviates: ppb * size / 10^9, rounded up.
        const least = (ppb * size + 999_999_999n) / 1_000_000_000n;
        expect(deviatesRelatively(ppb, old, current)).toBe(change >= least);
      }),
    );
  });
});

describe("a deviation function from a job", () => {
  const now = () => 1_700_000_000_000;
  const inOneYear = 1_700_000_000 + 31_536_000;

  it("is the built-in one when none is given", () => {
    expect(parseDeviationFunction(undefined, now)).toBe(deviatesRelatively);
    expect(parseDeviationFunction(new Uint8Array(), now)).toBe(deviatesRelatively);
  });

  it("of Pendle compares the change of the rate, over the time left, with the threshold's logarithm", () => {
    const deviates = parseDeviationFunction(definition({ type: "pendle", expiresAt: inOneYear }), now);
    // ln(1.05) = 0.04879...; one year is left.
    expect(deviates(50_000_000n, 10n ** 17n, 10n ** 17n + 48_790_164_169_432_000n)).toBe(false);
    expect(deviates(50_000_000n, 10n ** 17n, 10n ** 17n + 48_790_164_169_433_000n)).toBe(true);
    expect(deviates(50_000_000n, 10n ** 17n, 10n ** 17n - 48_790_164_169_433_000n)).toBe(true);
  });

  it("of Pendle matters less and less towards expiry, and not at all afterwards", () => {
    let time = now();
    const deviates = parseDeviationFunction(
      definition({ type: "pendle", expiresAt: inOneYear + 0.5, multiplier: "100" }),
      () => time,
    );
    expect(deviates(50_000_000n, 0n, 6n)).toBe(true);
    time += 31_536_000_000 / 2;
    expect(deviates(50_000_000n, 0n, 6n)).toBe(false);
    expect(deviates(50_000_000n, 0n, 10n)).toBe(true);
    time += 31_536_000_000;
    expect(deviates(0n, 0n, 10n ** 20n)).toBe(false);
  });

  it.each([
    [{ type: "linear" }, 'type is "linear", it must be "pendle"'],
    [{}, "type is undefined"],
    [{ type: "pendle" }, "expiresAt is undefined"],
    [{ type: "pendle", expiresAt: "2030" }, 'expiresAt is "2030"'],
    [{ type: "pendle", expiresAt: 1, multiplier: "0" }, 'multiplier is "0"'],
    [{ type: "pendle", expiresAt: 1, multiplier: "1e18" }, 'multiplier is "1e18"'],
    [{ type: "pendle", expiresAt: 1, multiplier: 5 }, "multiplier is 5"],
    [["pendle"], "must be a JSON object"],
    [null, "must be a JSON object"],
  ])("is refused with an error that names the key: %j", (value, message) => {
    expect(() => parseDeviationFunction(definition(value), now)).toThrow(message);
  });

  it("is refused when it is not JSON", () => {
    expect(() => parseDeviationFunction(new TextEncoder().encode("{pendle}"), now)).toThrow(SyntaxError);
  });
});
