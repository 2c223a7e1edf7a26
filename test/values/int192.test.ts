import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toHex } from "../../src/values/bytes.ts";
import { decodeInt192, encodeInt192, maxInt192, minInt192 } from "../../src/values/int192.ts";

const hex = (value: bigint) => toHex(encodeInt192(value));

describe("int192", () => {
  it("is 24 bytes of big-endian two's complement", () => {
    expect(hex(0n)).toBe("00".repeat(24));
    expect(hex(1n)).toBe(`${"00".repeat(23)}01`);
    expect(hex(-1n)).toBe("ff".repeat(24));
    expect(hex(-256n)).toBe(`${"ff".repeat(23)}00`);
    expect(hex(maxInt192)).toBe(`7f${"ff".repeat(23)}`);
    expect(hex(minInt192)).toBe(`80${"00".repeat(23)}`);
  });

  it("refuses numbers just outside, and says which one it was", () => {
    expect(() => encodeInt192(maxInt192 + 1n, "juelsPerFeeCoin")).toThrow(/Cannot encode juelsPerFeeCoin as int192/);
    expect(() => encodeInt192(minInt192 - 1n)).toThrow(RangeError);
  });

  it.each([0, 23, 25])("refuses %d bytes", (length) => {
    expect(() => decodeInt192(new Uint8Array(length), "value")).toThrow(
      `Cannot decode value: an int192 has 24 bytes, got ${length}`,
    );
  });

  it("reads back every number that it writes", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: minInt192, max: maxInt192 }), (value) => {
        expect(decodeInt192(encodeInt192(value))).toBe(value);
      }),
    );
  });
});
