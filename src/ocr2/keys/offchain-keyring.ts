/** An offchain keyring whose keys are in memory. */
import { ed25519PublicKey, ed25519Sign, x25519, x25519PublicKey } from "./curve25519.ts";
import type { OffchainKeyring } from "./keyring.ts";

/** 32 bytes each. Any bytes are valid; they must be random. */
export interface OffchainKeys {
  /** ed25519 seed. */
  readonly signingKey: Uint8Array;
  /** x25519 scalar. */
  readonly configEncryptionKey: Uint8Array;
}

/** @throws RangeError when a key does not have 32 bytes */
export function createOffchainKeyring(keys: OffchainKeys): OffchainKeyring {
  const { signingKey, configEncryptionKey } = keys;
  return {
    publicKey: ed25519PublicKey(signingKey),
    configEncryptionPublicKey: x25519PublicKey(configEncryptionKey),
    sign: async (message) => ed25519Sign(signingKey, message),
    diffieHellman: async (point) => x25519(configEncryptionKey, point),
  };
}
