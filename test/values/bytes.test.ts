import { expect, it } from "vitest";
import { equalBytes, fromHex, toHex } from "../../src/values/bytes.ts";

const whole = new Uint8Array([9, 0, 10, 255, 9]);

it("writes bytes as hex digits and reads them again", () => {
  expect(toHex(whole.subarray(1, 4))).toBe("000aff");
  expect(toHex(new Uint8Array())).toBe("");
  expect(fromHex("000aFF")).toStrictEqual(new Uint8Array([0, 10, 255]));
  expect(fromHex("")).toStrictEqual(new Uint8Array());
});

it.each(["0", "0x00", "0g", " 00"])("refuses %s as hex digits", (digits) => {
  expect(() => fromHex(digits)).toThrow(new SyntaxError(`"${digits}" is not pairs of hex digits`));
});

it("compares bytes by what they hold", () => {
  expect(equalBytes(whole.subarray(1, 4), new Uint8Array([0, 10, 255]))).toBe(true);
  expect(equalBytes(whole, new Uint8Array([9, 0, 10, 255, 8]))).toBe(false);
  expect(equalBytes(whole, whole.subarray(1))).toBe(false);
  expect(equalBytes(whole, new Uint8Array())).toBe(false);
  expect(equalBytes(new Uint8Array(), new Uint8Array())).toBe(true);
});
