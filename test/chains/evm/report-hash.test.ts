import { keccak256, toHex } from "viem/utils";
import { describe, expect, it } from "vitest";
import { evmReportHash, hashWithContextWords } from "../../../src/chains/evm/report-hash.ts";
import { reportContextWords } from "../../../src/chains/report-context.ts";

const context = {
  reportTimestamp: { configDigest: new Uint8Array(32).fill(1), epoch: 0x01020304, round: 5 },
  extraHash: new Uint8Array(32).fill(9),
};
const report = new Uint8Array(192).fill(3);

describe("the report hash", () => {
  it("is keccak256 over the report's own hash and the context, 128 bytes", () => {
    const preimage = [
      keccak256(toHex(report)).slice(2),
      "01".repeat(32),
      "00".repeat(27),
      "0102030405",
      "09".repeat(32),
    ].join("");
    expect(toHex(evmReportHash(context, report))).toBe(keccak256(`0x${preimage}`));
    expect(hashWithContextWords(reportContextWords(context), report)).toEqual(evmReportHash(context, report));
  });
});
