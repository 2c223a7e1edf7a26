import { createHash } from "node:crypto";
import { privateKeyToAddress, sign } from "viem/accounts";
import { hexToBytes, recoverAddress, toHex } from "viem/utils";
import { describe, expect, it } from "vitest";
import { recoverSigner, secp256k1OnchainKeys } from "../../src/chains/secp256k1-keyring.ts";

const privateKey = new Uint8Array(32).fill(0x4f);
const address = privateKeyToAddress(toHex(privateKey)).toLowerCase();
const hash = createHash("sha256").update("a report").digest();

describe("a signer", () => {
  it("is found behind a signature, as viem finds it", async () => {
    const { r, s, yParity } = await sign({ hash: toHex(hash), privateKey: toHex(privateKey) });
    const found = recoverSigner(hash, hexToBytes(r), hexToBytes(s), yParity!);
    expect(toHex(found!)).toBe(address);
    expect(toHex(found!)).toBe(
      (await recoverAddress({ hash: toHex(hash), signature: { r, s, yParity: yParity! } })).toLowerCase(),
    );
  });

  it("is not found for a wrong recovery id, or for numbers that are not a signature", async () => {
    const { r, s } = await sign({ hash: toHex(hash), privateKey: toHex(privateKey) });
    expect(recoverSigner(hash, hexToBytes(r), hexToBytes(s), 2)).toBeUndefined();
    expect(recoverSigner(hash, new Uint8Array(32), hexToBytes(s), 0)).toBeUndefined();
    expect(recoverSigner(hash, new Uint8Array(32).fill(0xff), hexToBytes(s), 0)).toBeUndefined();
  });
});

describe("an onchain keyring on secp256k1", () => {
  const context = {
    reportTimestamp: { configDigest: new Uint8Array(32), epoch: 1, round: 2 },
    extraHash: new Uint8Array(32),
  };
  const report = Uint8Array.of(1, 2, 3);
  /** Any family's hash will do. */
  const keys = secp256k1OnchainKeys((_, bytes) => createHash("sha256").update(bytes).digest());

  it("signs a family's own hash of a report to the byte as viem does", async () => {
    const keyring = keys.open(privateKey);
    expect(toHex(keyring.publicKey)).toBe(address);
    const reportHash = createHash("sha256").update(report).digest();
    const { r, s, yParity } = await sign({ hash: toHex(reportHash), privateKey: toHex(privateKey) });
    const signature = await keyring.sign(context, report);
    expect(signature).toEqual(
      Uint8Array.from([...hexToBytes(r, { size: 32 }), ...hexToBytes(s, { size: 32 }), yParity!]),
    );
    expect(await keyring.verify(keyring.publicKey, context, report, signature)).toBe(true);
  });

  it("refuses a signature of another family's hash, and what is not a signature", async () => {
    const keyring = keys.open(privateKey);
    const other = secp256k1OnchainKeys(() => hash).open(privateKey);
    const signature = await other.sign(context, report);
    expect(await other.verify(keyring.publicKey, context, report, signature)).toBe(true);
    expect(await keyring.verify(keyring.publicKey, context, report, signature)).toBe(false);
    for (const none of [new Uint8Array(), new Uint8Array(65), Uint8Array.from([...signature, 0])]) {
      expect(await keyring.verify(keyring.publicKey, context, report, none)).toBe(false);
    }
  });

  it("makes private keys, each a new one, and refuses bytes that are not a private key", () => {
    const [one, two] = [keys.generate(), keys.generate()];
    expect(keys.open(one).publicKey).not.toEqual(keys.open(two).publicKey);
    expect(() => keys.open(new Uint8Array(32))).toThrow();
    expect(() => keys.open(new Uint8Array(31).fill(1))).toThrow();
  });
});
