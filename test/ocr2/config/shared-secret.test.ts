import { createDecipheriv } from "node:crypto";
import { keccak256 } from "viem/utils";
import { describe, expect, it } from "vitest";
import { dealSharedSecret, openSharedSecret } from "../../../src/ocr2/config/shared-secret.ts";
import { x25519, x25519PublicKey } from "../../../src/ocr2/keys/curve25519.ts";
import { bytes, createKeyring } from "../support.ts";

const keyrings = [createKeyring(10), createKeyring(20), createKeyring(30)];
const publicKeys = keyrings.map(({ offchain }) => offchain.configEncryptionPublicKey);
const secret = bytes(16, 0xa5);

describe("the shared secret", () => {
  it("is opened by every oracle at its own index", async () => {
    const dealt = dealSharedSecret(publicKeys, { secret });
    for (const [oracleId, { offchain }] of keyrings.entries()) {
      expect(await openSharedSecret(dealt, oracleId, offchain.diffieHellman)).toEqual(secret);
    }
  });

  it("is one AES block under the first half of the hash of the Diffie-Hellman point", () => {
    const ephemeralKey = bytes(32, 0x42);
    const dealt = dealSharedSecret(publicKeys, { secret, ephemeralKey });
    expect(dealt.diffieHellmanPoint).toEqual(x25519PublicKey(ephemeralKey));
    expect(dealt.sharedSecretHash).toEqual(keccak256(secret, "bytes"));
    const key = keccak256(x25519(bytes(32, 21), dealt.diffieHellmanPoint), "bytes").slice(0, 16);
    // One block with a zero vector in CBC is the bare block.
    const decipher = createDecipheriv("aes-128-cbc", key, bytes(16, 0)).setAutoPadding(false);
    const opened = Buffer.concat([decipher.update(dealt.encryptions[1]!), decipher.final()]);
    expect(opened.toString("hex")).toBe("a5".repeat(16));
  });

  it("is another one in each dealing", () => {
    expect(dealSharedSecret(publicKeys).sharedSecretHash).not.toEqual(dealSharedSecret(publicKeys).sharedSecretHash);
    const same = [dealSharedSecret(publicKeys, { secret }), dealSharedSecret(publicKeys, { secret })];
    expect(same[0]!.encryptions).not.toEqual(same[1]!.encryptions);
  });

  it("is refused to an oracle that it was not dealt to, and when it was tampered with", async () => {
    const dealt = dealSharedSecret(publicKeys, { secret });
    const { diffieHellman } = keyrings[0]!.offchain;
    const refused = "Cannot open the shared secret: it was not dealt to this oracle's config encryption key";
    await expect(openSharedSecret(dealt, 1, diffieHellman)).rejects.toThrow(refused);
    await expect(openSharedSecret({ ...dealt, sharedSecretHash: bytes(32, 0) }, 0, diffieHellman)).rejects.toThrow(
      refused,
    );
    await expect(openSharedSecret(dealt, 3, diffieHellman)).rejects.toThrow("there is no encryption for oracle 3");
    expect(() => dealSharedSecret(publicKeys, { secret: bytes(15, 1) })).toThrow("it has 15 bytes, it must have 16");
  });
});
