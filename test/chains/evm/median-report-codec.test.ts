import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeEvmReport,
  encodeEvmReport,
  evmReportCodec,
  evmReportOf,
  readEvmReport,
} from "../../../src/chains/evm/median-report-codec.ts";
import type { ParsedAttributedObservation } from "../../../src/loop/median-provider/types.ts";
import { toHex } from "../../../src/values/bytes.ts";
import { maxInt192, minInt192 } from "../../../src/values/int192.ts";

const word = (value: bigint) => BigInt.asUintN(256, value).toString(16).padStart(64, "0");
const observation = (
  observer: number,
  value: bigint,
  rest: Partial<ParsedAttributedObservation> = {},
): ParsedAttributedObservation => ({
  observer,
  value,
  timestamp: 1,
  juelsPerFeeCoin: 1n,
  gasPriceSubunits: 0n,
  ...rest,
});

describe("an EVM report", () => {
  it("is the ABI's row of words", async () => {
    const report = await evmReportCodec.buildReport([
      observation(3, -7n, { timestamp: 30, juelsPerFeeCoin: 5n }),
      observation(0, 9n, { timestamp: 10, juelsPerFeeCoin: -6n }),
      observation(2, 8n, { timestamp: 20, juelsPerFeeCoin: 4n }),
    ]);
    expect(toHex(report)).toBe(
      [word(20n), `030200${"00".repeat(29)}`, word(0x80n), word(4n), word(3n), word(-7n), word(8n), word(9n)].join(""),
    );
  });

  it("takes the upper middle of timestamps and of juels, each sorted on its own", () => {
    const report = evmReportOf([
      observation(0, 1n, { timestamp: 40, juelsPerFeeCoin: 2n }),
      observation(1, 2n, { timestamp: 10, juelsPerFeeCoin: 8n }),
      observation(2, 3n, { timestamp: 30, juelsPerFeeCoin: -1n }),
      observation(3, 4n, { timestamp: 20, juelsPerFeeCoin: 4n }),
    ]);
    expect(report).toMatchObject({ timestamp: 30, juelsPerFeeCoin: 4n });
  });

  it("keeps equal values in the order that the earlier sorts left", () => {
    const tie = (order: readonly ParsedAttributedObservation[]) => evmReportOf(order).observers;
    // By juels where juels differ, else by timestamp, else as they came.
    expect(tie([observation(0, 5n, { juelsPerFeeCoin: 9n }), observation(1, 5n, { juelsPerFeeCoin: 8n })])).toEqual([
      1, 0,
    ]);
    expect(tie([observation(0, 5n, { timestamp: 9 }), observation(1, 5n, { timestamp: 8 })])).toEqual([1, 0]);
    expect(
      tie([
        observation(0, 5n, { timestamp: 9, juelsPerFeeCoin: 1n }),
        observation(1, 5n, { timestamp: 8, juelsPerFeeCoin: 2n }),
      ]),
    ).toEqual([0, 1]);
    expect(tie([observation(4, 5n), observation(2, 5n), observation(3, 5n)])).toEqual([4, 2, 3]);
  });

  it("has the length that the contract demands", async () => {
    for (const n of [1, 2, 13, 31]) {
      const report = await evmReportCodec.buildReport(Array.from({ length: n }, (_, index) => observation(index, 1n)));
      expect(report).toHaveLength(160 + 32 * n);
      expect(await evmReportCodec.maxReportLength(n)).toBe(160 + 32 * n);
    }
  });

  it("gives back the value that the contract would take, without sorting", async () => {
    const report = encodeEvmReport({
      timestamp: 1,
      observers: [0, 1, 2],
      observations: [9n, 3n, 6n],
      juelsPerFeeCoin: 1n,
    });
    expect(await evmReportCodec.medianFromReport(report)).toBe(3n);
  });

  it("is refused when it is cut, padded, empty, or has numbers wider than their type", async () => {
    const report = encodeEvmReport({ timestamp: 1, observers: [0, 1], observations: [3n, 6n], juelsPerFeeCoin: 1n });
    const wide = Uint8Array.from(report);
    wide[0] = 1;
    const strayObserver = Uint8Array.from(report);
    strayObserver[63] = 1;
    const none = Uint8Array.from(report.subarray(0, 160));
    none[159] = 0;
    const variants = {
      cutByOne: report.subarray(0, -1),
      cutByWord: report.subarray(0, -32),
      paddedByOne: Uint8Array.from([...report, 0]),
      paddedByWord: Uint8Array.from([...report, ...new Uint8Array(32)]),
      empty: new Uint8Array(),
      wide,
      strayObserver,
      none,
    };
    for (const [name, bytes] of Object.entries(variants)) {
      await expect(evmReportCodec.medianFromReport(bytes), name).rejects.toThrow(SyntaxError);
    }
  });

  it("cannot be built from nothing or from more than one word of observers", async () => {
    await expect(evmReportCodec.buildReport([])).rejects.toThrow("there are no observations");
    const tooMany = Array.from({ length: 33 }, (_, index) => observation(index, 1n));
    await expect(evmReportCodec.buildReport(tooMany)).rejects.toThrow("there must be 1 to 32");
  });

  it("reads back as it was written", () => {
    const int192 = fc.bigInt({ min: minInt192, max: maxInt192 });
    const entries = fc.array(fc.tuple(fc.nat(255), int192), { minLength: 1, maxLength: 31 });
    fc.assert(
      fc.property(entries, int192, fc.nat(), (entries, juelsPerFeeCoin, timestamp) => {
        const report = {
          timestamp,
          observers: entries.map(([observer]) => observer),
          observations: entries.map(([, value]) => value),
          juelsPerFeeCoin,
        };
        expect(decodeEvmReport(encodeEvmReport(report))).toEqual(report);
      }),
    );
  });

  it("makes the reader throw SyntaxError on any bytes, or succeed", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        try {
          readEvmReport(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(SyntaxError);
        }
      }),
    );
  });
});
