/** An onchain keyring for the chains that check ECDSA on secp256k1 and name a signer by its Ethereum address: EVM and Solana. */
import { privateKeyToAddress, sign } from "viem/accounts";
import { hexToBytes, recoverAddress, toHex } from "viem/utils";
import type { ReportContext } from "../../loop/types.ts";
import type { OnchainKeyring } from "../../ocr2/keys/keyring.ts";
import { equalBytes } from "../../values/bytes.ts";

export interface Secp256k1KeyringOptions {
  /** 32 bytes. */
  readonly privateKey: Uint8Array;
  /** What is signed: 32 bytes made of a report and its context, different for each chain family. */
  readonly reportHash: (context: ReportContext, report: Uint8Array) => Uint8Array;
}

/** r, s, and the recovery id, 0 or 1. */
const signatureLength = 65;

/** @throws Error when the private key is none */
export function createSecp256k1Keyring(options: Secp256k1KeyringOptions): OnchainKeyring {
  const { reportHash } = options;
  const privateKey = toHex(options.privateKey);
  return {
    publicKey: hexToBytes(privateKeyToAddress(privateKey)),
    maxSignatureLength: signatureLength,

    async sign(context, report) {
      const { r, s, yParity } = await sign({ hash: toHex(reportHash(context, report)), privateKey });
      return Uint8Array.from([...hexToBytes(r, { size: 32 }), ...hexToBytes(s, { size: 32 }), yParity ?? 0]);
    },

    async verify(publicKey, context, report, signature) {
      const yParity = signature[64];
      if (signature.length !== signatureLength || (yParity !== 0 && yParity !== 1)) return false;
      const r = toHex(signature.subarray(0, 32));
      const s = toHex(signature.subarray(32, 64));
      try {
        const hash = toHex(reportHash(context, report));
        const address = await recoverAddress({ hash, signature: { r, s, yParity } });
        return equalBytes(hexToBytes(address), publicKey);
      } catch {
        // No point of the curve: nobody's signature.
        return false;
      }
    },
  };
}
