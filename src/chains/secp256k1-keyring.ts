/** An onchain keyring for the chains that check ECDSA on secp256k1 and name a signer by its Ethereum address: EVM and Solana. */
import { secp256k1 } from "@noble/curves/secp256k1";
import { keccak_256 } from "@noble/hashes/sha3";
import type { ReportContext } from "../loop/types.ts";
import type { OnchainKeyring } from "../ocr2/keys/keyring.ts";
import { equalBytes } from "../values/bytes.ts";
import type { KeyScheme } from "./family.ts";

/** What is signed: 32 bytes made of a report and its context, different for each chain family. */
export type ReportHash = (context: ReportContext, report: Uint8Array) => Uint8Array;

/** r, s, and the recovery id, 0 or 1. */
const signatureLength = 65;

/** Private keys are 32 bytes, public keys are addresses of 20. */
export function secp256k1OnchainKeys(reportHash: ReportHash): KeyScheme<OnchainKeyring> {
  return {
    generate: () => secp256k1.utils.randomPrivateKey(),
    open: (privateKey) => ({
      publicKey: addressOf(secp256k1.getPublicKey(privateKey, false)),
      maxSignatureLength: signatureLength,

      async sign(context, report) {
        const signature = secp256k1.sign(reportHash(context, report), privateKey);
        return Uint8Array.from([...signature.toCompactRawBytes(), signature.recovery]);
      },

      async verify(publicKey, context, report, signature) {
        if (signature.length !== signatureLength) return false;
        const [r, s] = [signature.subarray(0, 32), signature.subarray(32, 64)];
        const signer = recoverSigner(reportHash(context, report), r, s, signature[64]!);
        return signer !== undefined && equalBytes(signer, publicKey);
      },
    }),
  };
}

/**
 * Finds who signed, as a contract's `ecrecover` does.
 * @param r 32 bytes, as is `s`
 * @param recoveryId 0 or 1; EVM contracts add 27
 * @returns the signer's 20-byte address; `undefined` for bytes that are not a signature
 */
export function recoverSigner(
  hash: Uint8Array,
  r: Uint8Array,
  s: Uint8Array,
  recoveryId: number,
): Uint8Array | undefined {
  if (recoveryId !== 0 && recoveryId !== 1) return undefined;
  try {
    const signature = secp256k1.Signature.fromCompact(Uint8Array.from([...r, ...s])).addRecoveryBit(recoveryId);
    return addressOf(signature.recoverPublicKey(hash).toRawBytes(false));
  } catch {
    // Not a point of the curve.
    return undefined;
  }
}

/** @param publicKey 65 bytes, not compressed */
function addressOf(publicKey: Uint8Array): Uint8Array {
  return keccak_256(publicKey.subarray(1)).subarray(12);
}
