import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeOffchainConfig,
  encodeOffchainConfig,
  type OffchainConfig,
} from "../../../src/ocr2/config/offchain-config.ts";
import { bytes } from "../support.ts";

const config: OffchainConfig = {
  deltaProgressMs: 0.000_001,
  deltaResendMs: 0.000_002,
  deltaRoundMs: 0.000_003,
  deltaGraceMs: 0.000_004,
  deltaStageMs: 0.000_005,
  rMax: 6,
  s: [1, 2],
  offchainPublicKeys: [Uint8Array.of(0xaa), Uint8Array.of(0xbb)],
  peerIds: ["p", "q"],
  reportingPluginConfig: Uint8Array.of(0xcc),
  maxDurationQueryMs: 0.000_011,
  maxDurationObservationMs: 0.000_012,
  maxDurationReportMs: 0.000_013,
  maxDurationShouldAcceptFinalizedReportMs: 0.000_014,
  maxDurationShouldTransmitAcceptedReportMs: 0.000_015,
  maxDurationInitializationMs: 0,
  sharedSecretEncryptions: {
    diffieHellmanPoint: Uint8Array.of(0xd1),
    sharedSecretHash: Uint8Array.of(0xd2),
    encryptions: [Uint8Array.of(0xe1), Uint8Array.of(0xe2)],
  },
};

describe("the offchain config", () => {
  it("has the wire form of OffchainConfigProto", () => {
    expect(Buffer.from(encodeOffchainConfig(config)).toString("hex")).toBe(
      [
        "0801 1002 1803 2004 2805 3006", // deltas and rMax
        "3a020102", // s, packed
        "4201aa 4201bb", // offchain public keys
        "4a0170 4a0171", // peer IDs
        "5201cc", // the product's own
        "580b 600c 680d 700e 780f", // limits
        "82010c 0a01d1 1201d2 1a01e1 1a01e2", // shared secret
        "880100", // initialization: present, though zero
      ]
        .join("")
        .replaceAll(" ", ""),
    );
  });

  it("tells an absent limit for the plugin's start from one of zero", () => {
    const { maxDurationInitializationMs: _, ...without } = config;
    expect(decodeOffchainConfig(encodeOffchainConfig(without))).toEqual(without);
    expect(decodeOffchainConfig(encodeOffchainConfig(config))).toEqual(config);
  });

  it("reads a duration beyond 2^63 nanoseconds as a negative one", () => {
    const encoded = Buffer.from(`08ffffffffffffffffff01${"820100"}`, "hex");
    expect(decodeOffchainConfig(encoded).deltaProgressMs).toBe(-0.000_001);
  });

  it("refuses bytes that are not an offchain config", () => {
    expect(() => decodeOffchainConfig(Uint8Array.of(0xff))).toThrow(SyntaxError);
    expect(() => decodeOffchainConfig(new Uint8Array())).toThrow("sharedSecretEncryptions is missing");
    expect(() => decodeOffchainConfig(bytes(2_000_001, 0))).toThrow(
      "it has 2000001 bytes, at most 2000000 are allowed",
    );
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 1e16])(
    "cannot be made with a duration of %d ms",
    (deltaRoundMs) => {
      expect(() => encodeOffchainConfig({ ...config, deltaRoundMs })).toThrow("deltaRound is");
    },
  );

  it("reads back as it was written", () => {
    const ms = fc.nat(2 ** 31 - 1).map((micros) => micros / 1000);
    const list = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 5 });
    fc.assert(
      fc.property(
        ms,
        ms,
        list,
        fc.array(fc.nat(31)),
        fc.array(fc.string()),
        (deltaRoundMs, maxDurationQueryMs, keys, s, peerIds) => {
          const changed = { ...config, deltaRoundMs, maxDurationQueryMs, s, peerIds, offchainPublicKeys: keys };
          expect(decodeOffchainConfig(encodeOffchainConfig(changed))).toEqual(changed);
        },
      ),
    );
  });
});
