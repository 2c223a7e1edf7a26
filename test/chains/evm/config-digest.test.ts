import { keccak256 } from "viem/utils";
import { describe, expect, it } from "vitest";
import { createEvmConfigDigester, evmConfigDigest } from "../../../src/chains/evm/config-digest.ts";

const contract = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
const config = {
  configCount: 3n,
  signers: [new Uint8Array(20).fill(0x11), new Uint8Array(20).fill(0x22)],
  transmitters: ["0x70997970C51812dc3A010C7d01b50e0d17dc79C8", "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"],
  f: 1,
  onchainConfig: Uint8Array.of(1, 2, 3),
  offchainConfigVersion: 2n,
  offchainConfig: new Uint8Array(33).fill(0xab),
};

const number = (value: number) => value.toString(16).padStart(64, "0");
const left = (hex: string) => hex.padStart(64, "0");

describe("the config digest", () => {
  it("is the hash of the ABI's words, laid out here by hand, under prefix 0001", () => {
    const words = [
      number(31337),
      left("5fbdb2315678afecb367f032d93f642f64180aa3"),
      number(3),
      number(9 * 32), // signers
      number(12 * 32), // transmitters
      number(1),
      number(15 * 32), // onchain config
      number(2),
      number(17 * 32), // offchain config
      number(2),
      left("11".repeat(20)),
      left("22".repeat(20)),
      number(2),
      left("70997970c51812dc3a010c7d01b50e0d17dc79c8"),
      left("3c44cdddb6a900fa2b585dd299e03d12fa4293bc"),
      number(3),
      `010203${"00".repeat(29)}`,
      number(33),
      "ab".repeat(32),
      `ab${"00".repeat(31)}`,
    ];
    const hash = keccak256(`0x${words.join("")}`);
    const digest = evmConfigDigest(31337n, contract, config);
    expect(Buffer.from(digest).toString("hex")).toBe(`0001${hash.slice(6)}`);
  });

  it("depends on everything that it covers", async () => {
    const of = (changed: Partial<typeof config>, chainId = 31337n, address: `0x${string}` = contract) =>
      Buffer.from(evmConfigDigest(chainId, address, { ...config, ...changed })).toString("hex");
    const digests = [
      of({}),
      of({}, 1n),
      of({}, 31337n, "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"),
      of({ configCount: 4n }),
      of({ signers: config.signers.toReversed() }),
      of({ transmitters: config.transmitters.toReversed() }),
      of({ f: 0 }),
      of({ onchainConfig: Uint8Array.of(1, 2, 4) }),
      of({ offchainConfigVersion: 3n }),
      of({ offchainConfig: new Uint8Array(33).fill(0xac) }),
    ];
    expect(new Set(digests).size).toBe(digests.length);
  });

  it("accepts every spelling of an address, and refuses what is not an address", async () => {
    const digester = createEvmConfigDigester(31337n, contract);
    const lower = { ...config, transmitters: config.transmitters.map((text) => text.toLowerCase()) };
    const stale = { configDigest: new Uint8Array(32) };
    expect(await digester.configDigest({ ...lower, ...stale })).toEqual(evmConfigDigest(31337n, contract, config));
    expect(await digester.configDigestPrefix()).toBe(1);
    await expect(digester.configDigest({ ...config, ...stale, transmitters: ["0x12"] })).rejects.toThrow("0x12");
  });
});
