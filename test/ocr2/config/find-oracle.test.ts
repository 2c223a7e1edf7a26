import { describe, expect, it } from "vitest";
import { findOracle } from "../../../src/ocr2/config/find-oracle.ts";
import { readPublicConfig } from "../../../src/ocr2/config/public-config.ts";
import { contractConfigFor, createKeyring } from "../support.ts";

const keyrings = [10, 20, 30, 40].map(createKeyring);
const config = readPublicConfig(contractConfigFor(keyrings), { developmentMode: false });

describe("finding this oracle in a config", () => {
  it("gives the index of this oracle's onchain key", () => {
    expect(keyrings.map((keyring, index) => findOracle(config, keyring, `account-${index}`))).toEqual([0, 1, 2, 3]);
  });

  it("fails in a config for other oracles", () => {
    expect(() => findOracle(config, createKeyring(50), "account-0")).toThrow("is not among its signers");
  });

  it("fails when another value at that index differs, even in case", () => {
    const mine = keyrings[1]!;
    expect(() => findOracle(config, mine, "Account-1")).toThrow(
      'its transmit account for oracle 1 is "account-1", but this oracle\'s is "Account-1"',
    );
    expect(() => findOracle(config, { ...mine, peerId: "12D3" }, "account-1")).toThrow("its peer ID for oracle 1 is");
    expect(() => findOracle(config, { ...mine, offchain: keyrings[0]!.offchain }, "account-1")).toThrow(
      "its offchain public key for oracle 1 is",
    );
  });
});
