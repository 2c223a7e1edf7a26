/** The 16 bytes that all oracles of a config share: encrypted by the one who sets the config, decrypted by each oracle with its key. */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { keccak_256 } from "@noble/hashes/sha3";
import { equalBytes } from "../../values/bytes.ts";
import { x25519, x25519PublicKey } from "../keys/curve25519.ts";

export interface SharedSecretEncryptions {
  /** x25519 point of the dealer's ephemeral key, 32 bytes. */
  readonly diffieHellmanPoint: Uint8Array;
  /** keccak256 of the secret, 32 bytes. */
  readonly sharedSecretHash: Uint8Array;
  /** The secret under each oracle's key, 16 bytes each, in the oracles' order. */
  readonly encryptions: readonly Uint8Array[];
}

/** Length in bytes of the secret, and of each of its encryptions. */
export const sharedSecretLength = 16;

/**
 * @param publicKeys the oracles' config encryption keys (x25519, 32 bytes each), in their order
 * @param options.secret 16 bytes. Default: random
 * @param options.ephemeralKey the dealer's x25519 scalar, 32 bytes, for this one dealing. Default: random
 */
export function dealSharedSecret(
  publicKeys: readonly Uint8Array[],
  options: { secret?: Uint8Array; ephemeralKey?: Uint8Array } = {},
): SharedSecretEncryptions {
  const { secret = randomBytes(sharedSecretLength), ephemeralKey = randomBytes(32) } = options;
  if (secret.length !== sharedSecretLength) {
    throw new RangeError(
      `Cannot deal the shared secret: it has ${secret.length} bytes, it must have ${sharedSecretLength}`,
    );
  }
  return {
    diffieHellmanPoint: x25519PublicKey(ephemeralKey),
    sharedSecretHash: keccak_256(secret),
    encryptions: publicKeys.map((publicKey) => {
      const cipher = createCipheriv("aes-128-ecb", blockKey(x25519(ephemeralKey, publicKey)), null).setAutoPadding(
        false,
      );
      return Uint8Array.from([...cipher.update(secret), ...cipher.final()]);
    }),
  };
}

/**
 * @param diffieHellman multiplies a point with the oracle's config encryption key
 * @throws Error when the result is not the secret that was dealt
 */
export async function openSharedSecret(
  encryptions: SharedSecretEncryptions,
  oracleId: number,
  diffieHellman: (point: Uint8Array) => Promise<Uint8Array>,
): Promise<Uint8Array> {
  const encryption = encryptions.encryptions[oracleId];
  if (encryption?.length !== sharedSecretLength) {
    throw new RangeError(`Cannot open the shared secret: there is no encryption for oracle ${oracleId}`);
  }
  const key = blockKey(await diffieHellman(encryptions.diffieHellmanPoint));
  const decipher = createDecipheriv("aes-128-ecb", key, null).setAutoPadding(false);
  const secret = Uint8Array.from([...decipher.update(encryption), ...decipher.final()]);
  if (!equalBytes(keccak_256(secret), encryptions.sharedSecretHash)) {
    throw new Error(
      "Cannot open the shared secret: it was not dealt to this oracle's config encryption key; set the config with the right key",
    );
  }
  return secret;
}

/** AES-128 key. Only one block is ever encrypted with it. */
function blockKey(sharedPoint: Uint8Array): Uint8Array {
  return keccak_256(sharedPoint).subarray(0, 16);
}
