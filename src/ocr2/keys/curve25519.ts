/** ed25519 and x25519 on raw 32-byte keys. */
import { createHash } from "node:crypto";
import type { ExtPointType } from "@noble/curves/abstract/edwards";
import { bytesToNumberLE, equalBytes } from "@noble/curves/abstract/utils";
import { ed25519, x25519 as montgomery } from "@noble/curves/ed25519";

export function ed25519PublicKey(seed: Uint8Array): Uint8Array {
  return ed25519.getPublicKey(checked("ed25519", seed));
}

export function ed25519Sign(seed: Uint8Array, message: Uint8Array): Uint8Array {
  return ed25519.sign(message, checked("ed25519", seed));
}

/**
 * Accepts exactly what Go's `crypto/ed25519` accepts: a signature that some oracles accept and others refuse could split them. So the
 * equation is checked without the cofactor, R must be canonical, and the public key need not be. Neither the library's own check nor
 * those of the runtimes agree with Go on every forged signature.
 */
export function ed25519Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  checked("ed25519", publicKey);
  if (signature.length !== 64) return false;
  const { CURVE, ExtendedPoint } = ed25519;
  const r = signature.subarray(0, 32);
  const s = bytesToNumberLE(signature.subarray(32));
  if (s >= CURVE.n) return false;
  const a = pointOf(publicKey);
  if (a === undefined) return false;
  const hash = createHash("sha512").update(r).update(publicKey).update(message).digest();
  const k = bytesToNumberLE(hash) % CURVE.n;
  const expected = ExtendedPoint.BASE.multiplyUnsafe(s).subtract(a.multiplyUnsafe(k));
  return equalBytes(expected.toRawBytes(), r);
}

/** The library's types leave out the second argument, which allows encodings that are not canonical. */
const decodePoint: (encoded: Uint8Array, zip215: boolean) => ExtPointType = ed25519.ExtendedPoint.fromHex;

/** `undefined` for bytes that are not a point of the curve. */
function pointOf(publicKey: Uint8Array): ExtPointType | undefined {
  try {
    return decodePoint(publicKey, true);
  } catch {
    return undefined;
  }
}

export function x25519PublicKey(scalar: Uint8Array): Uint8Array {
  return montgomery.getPublicKey(checked("x25519", scalar));
}

/** @throws Error when the point is one of the few that make every result the same */
export function x25519(scalar: Uint8Array, point: Uint8Array): Uint8Array {
  checked("x25519", scalar);
  checked("x25519", point);
  try {
    return montgomery.getSharedSecret(scalar, point);
  } catch (cause) {
    throw new Error("Cannot use the x25519 point: it makes the result the same for every key", { cause });
  }
}

function checked(curve: "ed25519" | "x25519", raw: Uint8Array): Uint8Array {
  if (raw.length === 32) return raw;
  throw new RangeError(`Cannot use the ${curve} key: it has ${raw.length} bytes, it must have 32`);
}
