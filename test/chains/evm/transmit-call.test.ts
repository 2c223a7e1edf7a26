import { privateKeyToAddress, sign } from "viem/accounts";
import { hexToBytes, keccak256, recoverAddress, toHex } from "viem/utils";
import { describe, expect, it } from "vitest";
import { evmReportHash, hashWithContextWords } from "../../../src/chains/evm/report-hash.ts";
import { recoverSigner } from "../../../src/chains/evm/signature.ts";
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

describe("a signer", () => {
  const privateKey = `0x${"4f".repeat(32)}` as const;
  const hash = evmReportHash(context, report);

  it("is found behind a signature, as viem finds it", async () => {
    const { r, s, yParity } = await sign({ hash: toHex(hash), privateKey });
    const found = await recoverSigner(hash, hexToBytes(r), hexToBytes(s), yParity!);
    expect(toHex(found!)).toBe(privateKeyToAddress(privateKey).toLowerCase());
    expect(toHex(found!)).toBe(
      (await recoverAddress({ hash: toHex(hash), signature: { r, s, yParity: yParity! } })).toLowerCase(),
    );
  });

  it("is nobody behind a recovery id that is none, or numbers that are no signature", async () => {
    const { r, s } = await sign({ hash: toHex(hash), privateKey });
    expect(await recoverSigner(hash, hexToBytes(r), hexToBytes(s), 2)).toBeUndefined();
    expect(await recoverSigner(hash, new Uint8Array(32), hexToBytes(s), 0)).toBeUndefined();
    expect(await recoverSigner(hash, new Uint8Array(32).fill(0xff), hexToBytes(s), 0)).toBeUndefined();
  });
});

describe("a transmit call", () => {
  const calldata = encodeTransmitCall(context, report, signatures);

  it("has the selector and the length of the contract's function", () => {
    expect(Buffer.from(calldata.subarray(0, 4)).toString("hex")).toBe("b1dc65a4");
    expect(calldata).toHaveLength(4 + 96 + 32 * 7 + report.length + 64 * 2);
    expect(transmitCallLength(decodeTransmitCall(calldata))).toBe(calldata.length);
  });

  it("carries each signature's parts at the same place", () => {
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
