import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeObservation, maxObservationLength, parseObservation } from "../../../src/plugins/median/observation.ts";
import { maxInt192, minInt192 } from "../../../src/values/int192.ts";

const number = (fill: string, last: string) => fill.repeat(23) + last;

describe("observations", () => {
  it("have the wire form of NumericalMedianObservationProto", () => {
    const encoded = encodeObservation({ timestamp: 300, value: 5n, juelsPerFeeCoin: -2n, gasPriceSubunits: 0n });
    expect(Buffer.from(encoded).toString("hex")).toBe(
      `08ac02${`1218${number("00", "05")}`}${`1a18${number("ff", "fe")}`}${`2218${number("00", "00")}`}`,
    );
  });

  it("leave the gas price out when there is none, which reads as zero", () => {
    const without = encodeObservation({ timestamp: 300, value: 5n, juelsPerFeeCoin: 7n });
    const withZero = encodeObservation({ timestamp: 300, value: 5n, juelsPerFeeCoin: 7n, gasPriceSubunits: 0n });
    expect(withZero.length - without.length).toBe(26);
    expect(parseObservation(without)).toEqual({ timestamp: 300, value: 5n, juelsPerFeeCoin: 7n, gasPriceSubunits: 0n });
    expect(parseObservation(withZero)).toEqual(parseObservation(without));
  });

  it.each([
    ["value", `1217${"00".repeat(23)}1a18${"00".repeat(24)}`],
    ["value", `1a18${"00".repeat(24)}`],
    ["juelsPerFeeCoin", `1218${"00".repeat(24)}`],
    ["juelsPerFeeCoin", `1218${"00".repeat(24)}1a19${"00".repeat(25)}`],
    ["gasPriceSubunits", `1218${"00".repeat(24)}1a18${"00".repeat(24)}220101`],
  ])("are refused when %s has another length (%#)", (name, encoded) => {
    expect(() => parseObservation(Buffer.from(encoded, "hex"))).toThrow(
      `Cannot decode ${name}: an int192 has 24 bytes`,
    );
  });

  it("are refused when they are not a protobuf message", () => {
    expect(() => parseObservation(Uint8Array.of(0x12, 0xff))).toThrow(SyntaxError);
  });

  it("keep their meaning with unknown fields in them: the last field with the right wire type counts", () => {
    const known = encodeObservation({ timestamp: 300, value: 5n, juelsPerFeeCoin: 7n, gasPriceSubunits: 9n });
    const foreign = "0d00000000" + "1005" + "2500000000" + "3a0101" + "4b4c";
    const wrapped = Buffer.concat([Buffer.from(foreign, "hex"), known, Buffer.from(foreign, "hex")]);
    expect(parseObservation(wrapped)).toEqual(parseObservation(known));
    const later = encodeObservation({ timestamp: 301, value: 6n, juelsPerFeeCoin: 8n });
    expect(parseObservation(Buffer.concat([known, later]))).toEqual({
      timestamp: 301,
      value: 6n,
      juelsPerFeeCoin: 8n,
      gasPriceSubunits: 9n,
    });
  });

  it("are decoded unchanged, and never exceed the declared length", () => {
    const int192 = fc.bigInt({ min: minInt192, max: maxInt192 });
    const timestamp = fc.integer({ min: 0, max: 0xffff_ffff });
    fc.assert(
      fc.property(timestamp, int192, int192, int192, (timestamp, value, juelsPerFeeCoin, gasPriceSubunits) => {
        const observation = { timestamp, value, juelsPerFeeCoin, gasPriceSubunits };
        const encoded = encodeObservation(observation);
        expect(encoded.length).toBeLessThanOrEqual(maxObservationLength);
        expect(parseObservation(encoded)).toEqual(observation);
      }),
    );
  });

  it("are parsed or refused with the parser's errors, whatever the bytes are", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        try {
          parseObservation(bytes);
        } catch (error) {
          expect(error instanceof SyntaxError || error instanceof RangeError).toBe(true);
        }
      }),
    );
  });
});
