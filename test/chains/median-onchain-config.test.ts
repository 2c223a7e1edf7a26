import { describe, expect, it } from "vitest";
import { decodeOnchainConfig, encodeOnchainConfig } from "../../src/chains/median-onchain-config.ts";
import { maxInt192, minInt192 } from "../../src/values/int192.ts";

describe("the onchain config", () => {
  it("is a version byte, min and max", () => {
    const encoded = encodeOnchainConfig({ min: -2n, max: 258n });
    expect(Buffer.from(encoded).toString("hex")).toBe(`01${"ff".repeat(23)}fe${"00".repeat(22)}0102`);
  });

  it("reads back at the edges of int192", () => {
    const config = { min: minInt192, max: maxInt192 };
    expect(decodeOnchainConfig(encodeOnchainConfig(config))).toEqual(config);
    expect(decodeOnchainConfig(encodeOnchainConfig({ min: 5n, max: 5n }))).toEqual({ min: 5n, max: 5n });
  });

  it("is refused when length, version or order of the bounds is wrong", () => {
    const encoded = encodeOnchainConfig({ min: 1n, max: 2n });
    expect(() => decodeOnchainConfig(encoded.subarray(1))).toThrow("it has 48 bytes, it must have 49");
    expect(() => decodeOnchainConfig(Uint8Array.from([...encoded, 0]))).toThrow("it has 50 bytes");
    expect(() => decodeOnchainConfig(Uint8Array.from([2, ...encoded.subarray(1)]))).toThrow("its version is 2");
    expect(() => encodeOnchainConfig({ min: 2n, max: 1n })).toThrow("min 2 is above max 1");
    const swapped = Uint8Array.from([1, ...encoded.subarray(25), ...encoded.subarray(1, 25)]);
    expect(() => decodeOnchainConfig(swapped)).toThrow("min 2 is above max 1");
  });
});
