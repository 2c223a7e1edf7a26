import { describe, expect, it } from "vitest";
import {
  ed25519PublicKey,
  ed25519Sign,
  ed25519Verify,
  x25519,
  x25519PublicKey,
} from "../../../src/ocr2/keys/curve25519.ts";

const fromHex = (text: string) => Uint8Array.from(Buffer.from(text, "hex"));
const toHex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

describe("ed25519", () => {
  // RFC 8032, section 7.1, test 2.
  const seed = fromHex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
  const publicKey = fromHex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
  const signature =
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

  it("gives what the RFC says", () => {
    expect(toHex(ed25519PublicKey(seed))).toBe(toHex(publicKey));
    expect(toHex(ed25519Sign(seed, Uint8Array.of(0x72)))).toBe(signature);
  });

  it("recognises a signature, and nothing else", () => {
    expect(ed25519Verify(publicKey, Uint8Array.of(0x72), fromHex(signature))).toBe(true);
    expect(ed25519Verify(publicKey, Uint8Array.of(0x73), fromHex(signature))).toBe(false);
    expect(ed25519Verify(publicKey, Uint8Array.of(0x72), fromHex(signature).subarray(1))).toBe(false);
    expect(ed25519Verify(publicKey, Uint8Array.of(0x72), new Uint8Array())).toBe(false);
  });
});

describe("x25519", () => {
  // RFC 7748, section 6.1.
  const alice = fromHex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
  const bob = fromHex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
  const alicePublic = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";
  const bobPublic = "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f";
  const shared = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";

  it("gives what the RFC says, on both sides", () => {
    expect(toHex(x25519PublicKey(alice))).toBe(alicePublic);
    expect(toHex(x25519PublicKey(bob))).toBe(bobPublic);
    expect(toHex(x25519(alice, fromHex(bobPublic)))).toBe(shared);
    expect(toHex(x25519(bob, fromHex(alicePublic)))).toBe(shared);
  });

  it("refuses a point that would make the result the same for everybody, and keys of another length", () => {
    expect(() => x25519(alice, new Uint8Array(32))).toThrow();
    expect(() => x25519(alice, new Uint8Array(31))).toThrow(
      "Cannot use the x25519 key: it has 31 bytes, it must have 32",
    );
  });
});
