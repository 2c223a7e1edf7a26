import { describe, expect, it } from "vitest";
import { findOracle } from "../../../src/ocr2/config/identity.ts";
import { readPublicConfig } from "../../../src/ocr2/config/public-config.ts";
import { contractConfigFor, createKeyring } from "../support.ts";

const keyrings = [10, 20, 30, 40].map(createKeyring);
const config = readPublicConfig(contractConfigFor(keyrings), { developmentMode: false });

describe("finding oneself in a config", () => {
  it("gives the place of one's onchain key", () => {
    expect(keyrings.map((keyring, index) => findOracle(config, keyring, `account-${index}`))).toEqual([0, 1, 2, 3]);
  });

  it("fails in a config for others", () => {
    expect(() => findOracle(config, createKeyring(50), "account-0")).toThrow("no signer in it is this oracle's");
  });

  it("fails when anything else at that place is not one's own, to the letter", () => {
    const mine = keyrings[1]!;
    expect(() => findOracle(config, mine, "Account-1")).toThrow(
      'it has transmit account "account-1" for oracle 1, which has "Account-1"',
    );
    expect(() => findOracle(config, { ...mine, peerId: "12D3" }, "account-1")).toThrow("it has peer ID");
    expect(() => findOracle(config, { ...mine, offchain: keyrings[0]!.offchain }, "account-1")).toThrow(
      "it has offchain public key",
    );
  });
});
