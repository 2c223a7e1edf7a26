/** ed25519 and x25519 on raw 32-byte keys. Node's crypto wants them in ASN.1, which is a fixed prefix. */
import {
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  type KeyObject,
  sign as signWithKey,
  verify as verifyWithKey,
} from "node:crypto";

type Curve = "ed25519" | "x25519";

/** Last byte of the curves' object identifiers 1.3.101.112 and 1.3.101.110. */
const identifiers = { ed25519: 0x70, x25519: 0x6e } as const;

export function ed25519PublicKey(seed: Uint8Array): Uint8Array {
  return publicKeyOf(privateKey("ed25519", seed));
}

export function ed25519Sign(seed: Uint8Array, message: Uint8Array): Uint8Array {
  return Uint8Array.from(signWithKey(null, message, privateKey("ed25519", seed)));
}

export function ed25519Verify(raw: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  return verifyWithKey(null, message, publicKey("ed25519", raw), signature);
}

export function x25519PublicKey(scalar: Uint8Array): Uint8Array {
  return publicKeyOf(privateKey("x25519", scalar));
}

/** @throws Error when the point is one of the few that make every result the same */
export function x25519(scalar: Uint8Array, point: Uint8Array): Uint8Array {
  const shared = diffieHellman({ privateKey: privateKey("x25519", scalar), publicKey: publicKey("x25519", point) });
  return Uint8Array.from(shared);
}

function privateKey(curve: Curve, raw: Uint8Array): KeyObject {
  const prefix = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, identifiers[curve], 4, 0x22, 4, 0x20];
  return createPrivateKey({ key: Buffer.from([...prefix, ...checked(curve, raw)]), format: "der", type: "pkcs8" });
}

function publicKey(curve: Curve, raw: Uint8Array): KeyObject {
  const prefix = [0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, identifiers[curve], 3, 0x21, 0];
  return createPublicKey({ key: Buffer.from([...prefix, ...checked(curve, raw)]), format: "der", type: "spki" });
}

function publicKeyOf(key: KeyObject): Uint8Array {
  return Uint8Array.from(createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-32));
}

function checked(curve: Curve, raw: Uint8Array): Uint8Array {
  if (raw.length === 32) return raw;
  throw new RangeError(`Cannot use the ${curve} key: it has ${raw.length} bytes, it must have 32`);
}
