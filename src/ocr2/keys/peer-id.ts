/** The text by which oracles name each other: an ed25519 public key in the form that libp2p gave it. */

const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
/** Identity multihash of a protobuf that holds an ed25519 key. */
const prefix = [0x00, 0x24, 0x08, 0x01, 0x12, 0x20];

/**
 * @param publicKey ed25519, 32 bytes
 * @returns such as `12D3KooW...`
 */
export function encodePeerId(publicKey: Uint8Array): string {
  if (publicKey.length !== 32) {
    throw new RangeError(`Cannot make a peer ID: the public key has ${publicKey.length} bytes, it must have 32`);
  }
  return base58(Uint8Array.from([...prefix, ...publicKey]));
}

function base58(bytes: Uint8Array): string {
  let text = "";
  for (let rest = BigInt(`0x${Buffer.from(bytes).toString("hex")}`); rest > 0n; rest /= 58n) {
    text = alphabet[Number(rest % 58n)] + text;
  }
  // Leading zero bytes add nothing to the number; each is written as a 1.
  const zeros = bytes.findIndex((byte) => byte !== 0);
  return "1".repeat(zeros) + text;
}
