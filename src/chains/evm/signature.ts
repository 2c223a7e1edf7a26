/** Who signed: the address behind an ECDSA signature on secp256k1, as a contract's `ecrecover` finds it. */
import { hexToBytes, recoverAddress, toHex } from "viem/utils";

/**
 * @param recoveryId 0 or 1; contracts add 27
 * @returns the signer's 20-byte address; `undefined` for what is no signature at all
 */
export async function recoverSigner(
  hash: Uint8Array,
  r: Uint8Array,
  s: Uint8Array,
  recoveryId: number,
): Promise<Uint8Array | undefined> {
  if (recoveryId !== 0 && recoveryId !== 1) return undefined;
  try {
    const address = await recoverAddress({
      hash: toHex(hash),
      signature: { r: toHex(r), s: toHex(s), yParity: recoveryId },
    });
    return hexToBytes(address);
  } catch {
    return undefined;
  }
}
