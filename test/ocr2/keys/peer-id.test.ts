import { base58 } from "@scure/base";
import { describe, expect, it } from "vitest";
import { decodePeerId, encodePeerId } from "../../../src/ocr2/keys/peer-id.ts";
import { toHex } from "../../../src/values/bytes.ts";
import { bytes } from "../support.ts";

describe("a peer ID", () => {
  it("is base58 of the key behind libp2p's prefix", () => {
    const publicKey = Uint8Array.from({ length: 32 }, (_, index) => index * 7);
    const text = encodePeerId(publicKey);
    expect(text).toMatch(/^12D3KooW[1-9A-HJ-NP-Za-km-z]{44}$/);
    const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    const value = [...text].reduce((sum, digit) => sum * 58n + BigInt(alphabet.indexOf(digit)), 0n);
    expect(value.toString(16)).toBe(`24080112${"20"}${toHex(publicKey)}`);
  });

  it("gives the key back", () => {
    const publicKey = Uint8Array.from({ length: 32 }, (_, index) => 255 - index);
    expect(decodePeerId(encodePeerId(publicKey))).toEqual(publicKey);
  });

  it.each([
    ["nothing", ""],
    ["letters that base58 has not", "12D3KooWO0Il"],
    ["a key that is too short", base58.encode(Uint8Array.from([0, 0x24, 8, 1, 0x12, 0x20, ...bytes(31, 7)]))],
    ["a key of another kind", base58.encode(Uint8Array.from([0, 0x24, 8, 2, 0x12, 0x20, ...bytes(32, 7)]))],
    ["a megabyte of digits", "2".repeat(1 << 20)],
  ])("is not read from %s", (_, text) => {
    expect(() => decodePeerId(text)).toThrow(
      /^Cannot read the peer ID ".{0,64}": a peer ID is base58 of an ed25519 key/,
    );
  });

  it("cannot be made of another length", () => {
    expect(() => encodePeerId(bytes(33, 1))).toThrow("the public key has 33 bytes, it must have 32");
  });
});
