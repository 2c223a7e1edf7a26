import { describe, expect, it } from "vitest";
import {
  ed25519PublicKey,
  ed25519Sign,
  ed25519Verify,
  x25519,
  x25519PublicKey,
} from "../../../src/ocr2/keys/curve25519.ts";
import { toHex } from "../../../src/values/bytes.ts";

const fromHex = (text: string) => Uint8Array.from(Buffer.from(text, "hex"));

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
    expect(() => ed25519Verify(publicKey.subarray(1), Uint8Array.of(0x72), fromHex(signature))).toThrow(
      "Cannot use the ed25519 key: it has 31 bytes, it must have 32",
    );
  });

  // What Go's crypto/ed25519 said of each. An oracle that accepts what others refuse can be made to fail their rounds.
  it.each<[boolean, string, string, string, string]>([
    [
      false,
      "s not reduced",
      "ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c",
      "round",
      "57c67e4bbf120ef00b17184776fe7ccb4cd7f6fd888ec1ef90ff2e69b7a4ff1ff965cbbc623fb1079ab6b2ff972c3d10b412254a9da5255a3c3b8f019c4c9e1e",
    ],
    [
      false,
      "mixed order R, holds with the cofactor only",
      "ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c",
      "round",
      "40a4cf5c611d737a2f1c6fcca84d9cabfed80987f186a5a6c57e629bff1af27fc4d3e4d2389c3470a5726af4dfd8539239ca40cdbebc2960e1a20585b175960e",
    ],
    [
      false,
      "mixed order A, holds with the cofactor only",
      "1f4f580e73ac208f06760190e9edc6f5916775dabd9c1cdca393175c2d6d1083",
      "round 0",
      "205b0f537994e4754a69d556e021685ffabc6150ec47b726dbce0a7f6ee57dbdd77a6194401c4d9cc50a17bcbb94af6d5a4760b80682b238b22cabfb951f0f0d",
    ],
    [
      true,
      "mixed order A, holds without the cofactor",
      "1f4f580e73ac208f06760190e9edc6f5916775dabd9c1cdca393175c2d6d1083",
      "round 9",
      "205b0f537994e4754a69d556e021685ffabc6150ec47b726dbce0a7f6ee57dbd111b3b878399b8e2e7651d0d6b79bb196c39cf2e62eeb00201aacb69a0119000",
    ],
    [
      true,
      "small order A: the identity",
      "0100000000000000000000000000000000000000000000000000000000000000",
      "round",
      "aa6df914f7a0f04e7f852adf459873f17dba5b1671ea62e82cc10ed6aecc489c4d00000000000000000000000000000000000000000000000000000000000000",
    ],
    [
      true,
      "A not canonical: y = p + 1",
      "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "round",
      "aa6df914f7a0f04e7f852adf459873f17dba5b1671ea62e82cc10ed6aecc489c4d00000000000000000000000000000000000000000000000000000000000000",
    ],
    [
      true,
      "A not canonical: x = 0 with a sign",
      "0100000000000000000000000000000000000000000000000000000000000080",
      "round",
      "aa6df914f7a0f04e7f852adf459873f17dba5b1671ea62e82cc10ed6aecc489c4d00000000000000000000000000000000000000000000000000000000000000",
    ],
    [
      true,
      "A not canonical: both",
      "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
      "round",
      "aa6df914f7a0f04e7f852adf459873f17dba5b1671ea62e82cc10ed6aecc489c4d00000000000000000000000000000000000000000000000000000000000000",
    ],
    [
      true,
      "R and A small order, canonical",
      "0100000000000000000000000000000000000000000000000000000000000000",
      "round",
      "01000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000",
    ],
    [
      false,
      "R not canonical: y = p + 1",
      "0100000000000000000000000000000000000000000000000000000000000000",
      "round",
      "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f0000000000000000000000000000000000000000000000000000000000000000",
    ],
    [
      false,
      "R not canonical: x = 0 with a sign",
      "0100000000000000000000000000000000000000000000000000000000000000",
      "round",
      "01000000000000000000000000000000000000000000000000000000000000800000000000000000000000000000000000000000000000000000000000000000",
    ],
    [
      false,
      "A is not on the curve",
      "0200000000000000000000000000000000000000000000000000000000000000",
      "round",
      "57c67e4bbf120ef00b17184776fe7ccb4cd7f6fd888ec1ef90ff2e69b7a4ff1f0c92d55f48dc9eafc319bb5cb9325efbb312254a9da5255a3c3b8f019c4c9e0e",
    ],
  ])("answers %s as Go does: %s", (verdict, _, key, message, made) => {
    expect(ed25519Verify(fromHex(key), Buffer.from(message), fromHex(made))).toBe(verdict);
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

  it("refuses a point that would make the result the same for every key, and keys of another length", () => {
    // The orders 1, 2, 4 and 8, and a one that is not canonical.
    const low = [
      "00".repeat(32),
      `01${"00".repeat(31)}`,
      `ec${"ff".repeat(30)}7f`,
      "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
      `ee${"ff".repeat(30)}7f`,
    ];
    for (const point of low) {
      expect(() => x25519(alice, fromHex(point))).toThrow(
        "Cannot use the x25519 point: it makes the result the same for every key",
      );
    }
    expect(() => x25519(alice, new Uint8Array(31))).toThrow(
      "Cannot use the x25519 key: it has 31 bytes, it must have 32",
    );
  });
});
