/** Peer IDs, by which oracles name each other: ed25519 public keys in libp2p's encoding. */
import { base58 } from "@scure/base";

/** Identity multihash of a protobuf that holds an ed25519 key. */
const prefix = [0x00, 0x24, 0x08, 0x01, 0x12, 0x20];
const keyLength = 32;

/**
 * @param publicKey ed25519, 32 bytes
 * @returns such as `12D3KooW...`
 */
export function encodePeerId(publicKey: Uint8Array): string {
  if (publicKey.length !== keyLength) {
    throw new RangeError(`Cannot make a peer ID: the public key has ${publicKey.length} bytes, it must have 32`);
  }
  return base58.encode(Uint8Array.from([...prefix, ...publicKey]));
}

/** Longer than any peer ID: base58 takes a time that grows with the square of the length. */
const maxLength = 64;

/**
 * @returns the ed25519 public key
 * @throws SyntaxError when the string is not a peer ID
 */
export function decodePeerId(peerId: string): Uint8Array {
  const bytes = peerId.length <= maxLength ? bytesOf(peerId) : undefined;
  if (bytes?.length !== prefix.length + keyLength || prefix.some((byte, index) => bytes[index] !== byte)) {
    throw new SyntaxError(
      `Cannot read the peer ID ${JSON.stringify(peerId.slice(0, maxLength))}: a peer ID is base58 of an ed25519 key, such as "12D3KooW..."`,
    );
  }
  return bytes.subarray(prefix.length);
}

function bytesOf(text: string): Uint8Array | undefined {
  try {
    return base58.decode(text);
  } catch {
    return undefined;
  }
}
