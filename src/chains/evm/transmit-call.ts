/** The call by which a report enters an OCR2 aggregator: `transmit(bytes32[3], bytes, bytes32[], bytes32[], bytes32)`. */
import { decodeFunctionData, encodeFunctionData, hexToBytes, toHex } from "viem/utils";
import type { AttributedOnchainSignature, ReportContext } from "../../loop/types.ts";
import { reportContextWords } from "../report-context.ts";

/** A call's arguments as the contract sees them. */
export interface TransmitCall {
  /** Three words: config digest; epoch and round; extra hash. */
  readonly context: readonly [Uint8Array, Uint8Array, Uint8Array];
  readonly report: Uint8Array;
  readonly rs: readonly Uint8Array[];
  readonly ss: readonly Uint8Array[];
  /** Byte k is the recovery id of signature k. */
  readonly rawVs: Uint8Array;
}

/** Length in bytes of an onchain signature: r, s and the recovery id. */
const evmSignatureLength = 65;

const transmitAbi = [
  {
    type: "function",
    name: "transmit",
    stateMutability: "nonpayable",
    inputs: [
      { name: "reportContext", type: "bytes32[3]" },
      { name: "report", type: "bytes" },
      { name: "rs", type: "bytes32[]" },
      { name: "ss", type: "bytes32[]" },
      { name: "rawVs", type: "bytes32" },
    ],
    outputs: [],
  },
] as const;

/** @throws RangeError when a signature does not have 65 bytes, or there are more than fit one word of recovery ids */
export function encodeTransmitCall(
  context: ReportContext,
  report: Uint8Array,
  signatures: readonly AttributedOnchainSignature[],
): Uint8Array {
  if (signatures.length > 32) {
    throw new RangeError(`Cannot encode the transmission: it has ${signatures.length} signatures, at most 32 fit`);
  }
  const rawVs = new Uint8Array(32);
  for (const [index, { signature, signer }] of signatures.entries()) {
    if (signature.length !== evmSignatureLength) {
      throw new RangeError(
        `Cannot encode the transmission: the signature of oracle ${signer} has ${signature.length} bytes, it must have ${evmSignatureLength}`,
      );
    }
    rawVs[index] = signature[64]!;
  }
  const [digest, time, extraHash] = reportContextWords(context);
  return hexToBytes(
    encodeFunctionData({
      abi: transmitAbi,
      args: [
        [toHex(digest), toHex(time), toHex(extraHash)],
        toHex(report),
        signatures.map(({ signature }) => toHex(signature.subarray(0, 32))),
        signatures.map(({ signature }) => toHex(signature.subarray(32, 64))),
        toHex(rawVs),
      ],
    }),
  );
}

/** @throws viem's error when the bytes are not such a call. Bytes after the call are ignored. */
export function decodeTransmitCall(calldata: Uint8Array): TransmitCall {
  const { args } = decodeFunctionData({ abi: transmitAbi, data: toHex(calldata) });
  const [[digest, time, extraHash], report, rs, ss, rawVs] = args;
  return {
    context: [hexToBytes(digest), hexToBytes(time), hexToBytes(extraHash)],
    report: hexToBytes(report),
    rs: rs.map((r) => hexToBytes(r)),
    ss: ss.map((s) => hexToBytes(s)),
    rawVs: hexToBytes(rawVs),
  };
}

/** The length in bytes that the contract demands of a transmit call, from the lengths of its parts. */
export function transmitCallLength(call: TransmitCall): number {
  const selector = 4;
  const wordsOfFixedParts = 3 + 3 + 1 + 3; // context; offsets of report, rs and ss; recovery ids; lengths of the three
  return selector + 32 * wordsOfFixedParts + call.report.length + 32 * (call.rs.length + call.ss.length);
}
