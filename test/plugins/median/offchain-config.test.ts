import { describe, expect, it } from "vitest";
import { decodeMedianOffchainConfig, encodeMedianOffchainConfig } from "../../../src/plugins/median/offchain-config.ts";

describe("the median offchain config", () => {
  it("has the wire form of NumericalMedianConfigProto", () => {
    const encoded = encodeMedianOffchainConfig({
      alphaReportInfinite: true,
      alphaReportPpb: 5_000_000n,
      alphaAcceptInfinite: true,
      alphaAcceptPpb: 1n,
      deltaCMs: 0.000_003,
    });
    // Tag and value, field by field: bool, varint 5e6, bool, varint 1, varint 3 nanoseconds.
    expect(Buffer.from(encoded).toString("hex")).toBe("080110c096b102180120012803");
  });

  it("is empty when everything is zero, and is decoded as such", () => {
    expect(decodeMedianOffchainConfig(new Uint8Array())).toEqual({
      alphaReportInfinite: false,
      alphaReportPpb: 0n,
      alphaAcceptInfinite: false,
      alphaAcceptPpb: 0n,
      deltaCMs: 0,
    });
  });

  it("keeps a heartbeat to the nanosecond", () => {
    const config = {
      alphaReportInfinite: false,
      alphaReportPpb: 2n ** 64n - 1n,
      alphaAcceptInfinite: false,
      alphaAcceptPpb: 0n,
      deltaCMs: 86_400_000.000_001,
    };
    expect(decodeMedianOffchainConfig(encodeMedianOffchainConfig(config))).toEqual(config);
  });

  it("refuses a heartbeat that is negative as a signed number", () => {
    const minusOne = Buffer.from("28ffffffffffffffffff01", "hex");
    expect(() => decodeMedianOffchainConfig(minusOne)).toThrow(
      "Cannot use the median offchain config: deltaC is -1ns, a heartbeat must not be negative",
    );
  });

  it("refuses bytes that are something else", () => {
    expect(() => decodeMedianOffchainConfig(Uint8Array.of(0xff))).toThrow(SyntaxError);
  });
});
