import { describe, expect, it } from "vitest";
import { reportContextWords } from "../../src/chains/report-context.ts";

const context = {
  reportTimestamp: { configDigest: new Uint8Array(32).fill(1), epoch: 0x01020304, round: 5 },
  extraHash: new Uint8Array(32).fill(9),
};

describe("the report context", () => {
  it("is digest, padded epoch and round, extra hash", () => {
    expect(reportContextWords(context).map((word) => Buffer.from(word).toString("hex"))).toEqual([
      "01".repeat(32),
      `${"00".repeat(27)}0102030405`,
      "09".repeat(32),
    ]);
  });

  it("refuses parts of another length", () => {
    expect(() => reportContextWords({ ...context, extraHash: new Uint8Array(31) })).toThrow("extraHash has 31 bytes");
    const reportTimestamp = { ...context.reportTimestamp, round: 256 };
    expect(() => reportContextWords({ ...context, reportTimestamp })).toThrow(RangeError);
  });
});
