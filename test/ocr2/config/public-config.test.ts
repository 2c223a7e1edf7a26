import { describe, expect, it } from "vitest";
import type { ContractConfig } from "../../../src/loop/types.ts";
import type { OffchainConfig } from "../../../src/ocr2/config/offchain-config.ts";
import { readPublicConfig } from "../../../src/ocr2/config/public-config.ts";
import { bytes, contractConfigFor, createKeyring, offchainConfigFor } from "../support.ts";

const keyrings = [10, 20, 30, 40].map(createKeyring);
const valid = offchainConfigFor(keyrings);
const read = (
  offchain: Partial<OffchainConfig> = {},
  contract: Partial<ContractConfig> = {},
  developmentMode = false,
) => readPublicConfig({ ...contractConfigFor(keyrings, offchain), ...contract }, { developmentMode });

describe("a config", () => {
  it("is read into oracles and times", () => {
    const config = read(valid, { f: 1 });
    expect(config.f).toBe(1);
    expect(config.oracles[2]).toEqual({
      onchainPublicKey: keyrings[2]!.onchain.publicKey,
      transmitAccount: "account-2",
      offchainPublicKey: keyrings[2]!.offchain.publicKey,
      peerId: keyrings[2]!.peerId,
    });
    expect(config.offchain).toEqual(valid);
  });

  it("may have f = 0 and a Query limit of zero", () => {
    expect(read({ maxDurationQueryMs: 0 }).f).toBe(0);
  });

  it("is refused in another version", () => {
    expect(() => read({}, { offchainConfigVersion: 30n })).toThrow("offchainConfigVersion is 30, only 2 is supported");
  });

  it.each<[string, Partial<OffchainConfig>, Partial<ContractConfig>]>([
    ["f is 2 for 4 oracles, 3f must be less", {}, { f: 2 }],
    ["f is 0 for 0 oracles", {}, { signers: [] }],
    ["f is -1", {}, { f: -1 }],
    ["there are 32 signers, at most 31", {}, { signers: Array.from({ length: 32 }, (_, index) => bytes(20, index)) }],
    ["transmitters has 1 entries for 4 signers", {}, { transmitters: ["a"] }],
    ["offchainPublicKeys has 1 entries for 4", { offchainPublicKeys: [bytes(32, 1)] }, {}],
    ["peerIds has 0 entries for 4", { peerIds: [] }, {}],
    [
      "encryptions has 3 entries for 4",
      { sharedSecretEncryptions: { ...valid.sharedSecretEncryptions, encryptions: new Array(3).fill(bytes(16, 1)) } },
      {},
    ],
    ["signers has 0101", {}, { signers: new Array(4).fill(bytes(2, 1)) }],
    ["transmitters has b twice", {}, { transmitters: ["a", "b", "c", "b"] }],
    ["offchainPublicKeys has 0303", { offchainPublicKeys: [1, 2, 3, 3].map((fill) => bytes(32, fill)) }, {}],
    ["peerIds has p twice", { peerIds: ["p", "q", "r", "p"] }, {}],
    [
      "offchainPublicKeys has 28 bytes where there must be 32",
      { offchainPublicKeys: [1, 2, 3, 4].map((fill) => bytes(27 + fill, fill)) },
      {},
    ],
    [
      "encryptions has 15 bytes where there must be 16",
      { sharedSecretEncryptions: { ...valid.sharedSecretEncryptions, encryptions: new Array(4).fill(bytes(15, 1)) } },
      {},
    ],
    [
      "diffieHellmanPoint has 0 bytes",
      { sharedSecretEncryptions: { ...valid.sharedSecretEncryptions, diffieHellmanPoint: bytes(0, 0) } },
      {},
    ],
    [
      "sharedSecretHash has 33 bytes",
      { sharedSecretEncryptions: { ...valid.sharedSecretEncryptions, sharedSecretHash: bytes(33, 0) } },
      {},
    ],
    ["s has 1000 entries, fewer than 1000", { s: new Array(1000).fill(1) }, {}],
    ["s has an entry of 32, at most 31", { s: [1, 32] }, {}],
    ["rMax is 0, it must be 1 to 254", { rMax: 0 }, {}],
    ["rMax is 255, it must be 1 to 254", { rMax: 255 }, {}],
    ["deltaProgress is 199ms, it must be at least 200ms", { deltaProgressMs: 199 }, {}],
    ["deltaResend is 199ms, it must be at least 200ms", { deltaResendMs: 199 }, {}],
    ["deltaProgress is 60000ms, it must be above deltaRound, 60000ms", { deltaRoundMs: 60_000 }, {}],
    ["maxDurationQuery + maxDurationObservation + maxDurationReport, 60000ms", { maxDurationQueryMs: 40_000 }, {}],
    ["maxDurationObservation is 0ms, it must be above zero", { maxDurationObservationMs: 0 }, {}],
    ["maxDurationReport is 0ms", { maxDurationReportMs: 0 }, {}],
    ["maxDurationShouldAcceptFinalizedReport is 0ms", { maxDurationShouldAcceptFinalizedReportMs: 0 }, {}],
    ["maxDurationShouldTransmitAcceptedReport is 0ms", { maxDurationShouldTransmitAcceptedReportMs: 0 }, {}],
    ["maxDurationInitialization is 0ms", { maxDurationInitializationMs: 0 }, {}],
  ])("is refused with the field's name: %s", (message, offchain, contract) => {
    expect(() => read(offchain, contract)).toThrow(message);
  });

  it("is refused when a duration is so large that it reads as negative", () => {
    const { offchainConfig } = contractConfigFor(keyrings);
    // A field that stands twice has its last value: deltaGrace (4) and maxDurationQuery (11) of 2^64 - 1.
    const minusOne = "ffffffffffffffffff01";
    const appended = Buffer.concat([offchainConfig, Buffer.from(`20${minusOne}58${minusOne}`, "hex")]);
    expect(() => read({}, { offchainConfig: appended })).toThrow(
      "deltaGrace is -0.000001ms, it must not be negative; maxDurationQuery is -0.000001ms, it must not be negative",
    );
  });

  it("is refused with everything that is wrong at once", () => {
    expect(() => read({ rMax: 0, deltaProgressMs: 100, s: [40] }, { f: 9 })).toThrow(
      /f is 9.*s has an entry of 40.*deltaProgress is 100ms.*rMax is 0/,
    );
  });

  it("at the edges is taken", () => {
    expect(
      read({ rMax: 254, s: new Array(999).fill(31), deltaProgressMs: 30_001, deltaRoundMs: 30_000, deltaResendMs: 200 })
        .offchain.rMax,
    ).toBe(254);
  });

  it("may have short intervals in development mode, and nothing else", () => {
    const short = {
      deltaProgressMs: 150,
      deltaResendMs: 0,
      maxDurationQueryMs: 1,
      maxDurationObservationMs: 1,
      maxDurationReportMs: 1,
    };
    expect(read(short, {}, true).offchain.deltaProgressMs).toBe(150);
    expect(() => read(short)).toThrow("at least 200ms");
    expect(() => read({ ...short, rMax: 0 }, {}, true)).toThrow("rMax is 0");
  });
});
