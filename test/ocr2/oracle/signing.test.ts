import { createHash } from "node:crypto";
import { recoverAddress, toHex as toViemHex } from "viem/utils";
import { describe, expect, it } from "vitest";
import { evmReportHash } from "../../../src/chains/evm/report-hash.ts";
import { extraHash, isObservationSignature, signObservation } from "../../../src/ocr2/oracle/signing.ts";
import { toHex } from "../../../src/values/bytes.ts";
import { bytes, createKeyring } from "../support.ts";

const sha256 = (hex: string) => createHash("sha256").update(Buffer.from(hex, "hex")).digest("hex");

const keyring = createKeyring(10);
const timestamp = { configDigest: bytes(32, 0xd1), epoch: 0x01020304, round: 0xfe };
const query = Uint8Array.of(0xaa, 0xbb);
const observation = Uint8Array.of(0xcc);

describe("the extra hash", () => {
  it("covers the query and the observations in their order, with lengths and observers", () => {
    const observations = [
      { observation: Uint8Array.of(1, 2), observer: 3 },
      { observation: new Uint8Array(), observer: 0 },
    ];
    const preimage = `0000000000000002aabb${"0000000000000002"}${"00000000000000020102"}03${"0000000000000000"}00`;
    expect(toHex(extraHash(query, observations))).toBe(sha256(preimage));
    expect(extraHash(query, observations.toReversed())).not.toEqual(extraHash(query, observations));
  });
});

describe("an observation's signature", () => {
  it("is good for its round, its query and its observer alone", async () => {
    const signature = await signObservation(keyring.offchain, timestamp, query, observation);
    const { publicKey } = keyring.offchain;
    expect(signature).toHaveLength(64);
    expect(isObservationSignature(publicKey, timestamp, query, observation, signature)).toBe(true);
    for (const other of [
      isObservationSignature(createKeyring(20).offchain.publicKey, timestamp, query, observation, signature),
      isObservationSignature(publicKey, { ...timestamp, epoch: 1 }, query, observation, signature),
      isObservationSignature(publicKey, { ...timestamp, round: 1 }, query, observation, signature),
      isObservationSignature(publicKey, { ...timestamp, configDigest: bytes(32, 1) }, query, observation, signature),
      // The same bytes, with the border between query and observation moved.
      isObservationSignature(publicKey, timestamp, query.subarray(0, 1), Uint8Array.of(0xbb, 0xcc), signature),
      isObservationSignature(publicKey, timestamp, query, observation, signature.subarray(1)),
    ]) {
      expect(other).toBe(false);
    }
  });

  it("is over SHA-256 of digest, epoch, round, query and observation", async () => {
    const signed: Uint8Array[] = [];
    const sign = async (message: Uint8Array) => {
      signed.push(message);
      return message;
    };
    await signObservation({ ...keyring.offchain, sign }, timestamp, query, observation);
    expect(toHex(signed[0]!)).toBe(sha256(`${"d1".repeat(32)}01020304fe0000000000000002aabb0000000000000001cc`));
  });
});

describe("a report's signature", () => {
  const context = { reportTimestamp: timestamp, extraHash: bytes(32, 0xee) };
  const report = bytes(192, 5);

  it("leads to the signer's address, as viem recovers it", async () => {
    const { onchain } = keyring;
    const signature = await onchain.sign(context, report);
    expect(signature).toHaveLength(onchain.maxSignatureLength);
    const address = await recoverAddress({
      hash: toViemHex(evmReportHash(context, report)),
      signature: {
        r: toViemHex(signature.subarray(0, 32)),
        s: toViemHex(signature.subarray(32, 64)),
        yParity: signature[64]!,
      },
    });
    expect(address.toLowerCase()).toBe(toViemHex(onchain.publicKey));
  });

  it("is recognised for its report and context alone", async () => {
    const { onchain } = keyring;
    const signature = await onchain.sign(context, report);
    expect(await onchain.verify(onchain.publicKey, context, report, signature)).toBe(true);
    expect(await createKeyring(20).onchain.verify(onchain.publicKey, context, report, signature)).toBe(true);
    expect(await onchain.verify(createKeyring(20).onchain.publicKey, context, report, signature)).toBe(false);
    expect(await onchain.verify(onchain.publicKey, context, report.subarray(1), signature)).toBe(false);
    expect(await onchain.verify(onchain.publicKey, { ...context, extraHash: bytes(32, 0) }, report, signature)).toBe(
      false,
    );
    expect(await onchain.verify(onchain.publicKey, context, report, signature.subarray(1))).toBe(false);
    expect(await onchain.verify(onchain.publicKey, context, report, bytes(65, 1))).toBe(false);
  });
});
