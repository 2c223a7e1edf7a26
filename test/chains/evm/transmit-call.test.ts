import { describe, expect, it } from "vitest";
import { decodeTransmitCall, encodeTransmitCall, transmitCallLength } from "../../../src/chains/evm/transmit-call.ts";
import { reportContextWords } from "../../../src/chains/report-context.ts";

const context = {
  reportTimestamp: { configDigest: new Uint8Array(32).fill(1), epoch: 0x01020304, round: 5 },
  extraHash: new Uint8Array(32).fill(9),
};
const report = new Uint8Array(192).fill(3);
const signatures = [
  { signature: Uint8Array.from([...new Uint8Array(32).fill(0xa1), ...new Uint8Array(32).fill(0xb1), 1]), signer: 2 },
  { signature: Uint8Array.from([...new Uint8Array(32).fill(0xa2), ...new Uint8Array(32).fill(0xb2), 0]), signer: 0 },
];

describe("a transmit call", () => {
  const calldata = encodeTransmitCall(context, report, signatures);

  it("has the selector and the length of the contract's function", () => {
    expect(Buffer.from(calldata.subarray(0, 4)).toString("hex")).toBe("b1dc65a4");
    expect(calldata).toHaveLength(4 + 96 + 32 * 7 + report.length + 64 * 2);
    expect(transmitCallLength(decodeTransmitCall(calldata))).toBe(calldata.length);
  });

  it("carries each signature's parts at the same index", () => {
    const call = decodeTransmitCall(calldata);
    expect(call.context).toEqual(reportContextWords(context));
    expect(call.report).toEqual(report);
    expect(call.rs).toEqual([signatures[0]!.signature.subarray(0, 32), signatures[1]!.signature.subarray(0, 32)]);
    expect(call.ss).toEqual([signatures[0]!.signature.subarray(32, 64), signatures[1]!.signature.subarray(32, 64)]);
    expect([...call.rawVs]).toEqual([1, 0, ...new Array(30).fill(0)]);
  });

  it("is longer than the contract takes when the report is not whole words", () => {
    const padded = encodeTransmitCall(context, report.subarray(0, 191), signatures);
    expect(transmitCallLength(decodeTransmitCall(padded))).toBe(padded.length - 1);
  });

  it("cannot be made of signatures of another length, and says whose", () => {
    expect(() => encodeTransmitCall(context, report, [{ signature: new Uint8Array(64), signer: 7 }])).toThrow(
      "the signature of oracle 7 has 64 bytes, it must have 65",
    );
  });

  it("is not read from another function's bytes", () => {
    expect(() => decodeTransmitCall(Uint8Array.of(1, 2, 3, 4))).toThrow();
    expect(() => decodeTransmitCall(calldata.subarray(0, 200))).toThrow();
  });
});
