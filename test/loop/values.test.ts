import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { TimestampSchema } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BigIntSchema } from "../../proto/gen/loop/relayer_pb.ts";
import {
  bigIntFromWire,
  bigIntToWire,
  configDigest,
  countFromWire,
  countToWire,
  durationToWire,
  extraHash,
  int32,
  required,
  requiredBigInt,
  timestampFromWire,
  timestampToWire,
  uint8,
  uint32,
  uint64,
  uuidFromWire,
  uuidToWire,
} from "../../src/loop/values.ts";
import { fromNanoseconds } from "../../src/values/duration.ts";

describe("integers of any size", () => {
  it("arrive unchanged, whatever their size and sign", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 300n), max: 2n ** 300n }), (value) => {
        const wire = toBinary(BigIntSchema, bigIntToWire(value));
        expect(bigIntFromWire(fromBinary(BigIntSchema, wire))).toBe(value);
      }),
    );
  });

  it("have no leading zero, and only negative ones are marked negative", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }), (value) => {
        const message = bigIntToWire(value);
        expect(message.value[0]).not.toBe(0);
        expect(message.negative).toBe(value < 0n);
      }),
    );
  });

  it("distinguish nil from zero", () => {
    expect(bigIntToWire(undefined)).toBeUndefined();
    expect(bigIntFromWire(undefined)).toBeUndefined();
    expect(bigIntToWire(0n)).toEqual(create(BigIntSchema, { negative: false, value: new Uint8Array() }));
    expect(bigIntFromWire(create(BigIntSchema))).toBe(0n);
    expect(requiredBigInt(create(BigIntSchema), "median")).toBe(0n);
    expect(() => requiredBigInt(undefined, "median")).toThrow(
      new TypeError("Cannot read median: unexpected nil big.Int"),
    );
  });

  it("are read from other encodings: leading zeros, a negative zero", () => {
    expect(bigIntFromWire(create(BigIntSchema, { value: Uint8Array.of(0, 0, 1, 0) }))).toBe(256n);
    expect(bigIntFromWire(create(BigIntSchema, { negative: true }))).toBe(0n);
  });
});

describe("digests and hashes", () => {
  it("have exactly 32 bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), (value) => {
        if (value.length === 32) {
          expect(configDigest(value)).toBe(value);
          expect(extraHash(value)).toBe(value);
        } else {
          expect(() => configDigest(value)).toThrow(
            new RangeError(`invalid ConfigDigest len ${value.length}: must be 32`),
          );
          expect(() => extraHash(value)).toThrow(new RangeError(`invalid ExtraHash len ${value.length}; must be 32`));
        }
      }),
    );
    expect(configDigest(new Uint8Array(32))).toHaveLength(32);
  });
});

describe("small integers", () => {
  it("are refused beyond their bounds with an error that names them", () => {
    expect([uint8(0, "Round"), uint8(255, "Round")]).toEqual([0, 255]);
    expect(() => uint8(256, "Round")).toThrow(new RangeError("expected uint8 Round (max 255) but got 256"));
    expect(() => uint8(-1, "Signer")).toThrow("expected uint8 Signer (max 255) but got -1");
    expect(() => uint8(1.5, "F")).toThrow("expected uint8 F (max 255) but got 1.5");

    expect(uint32(4_294_967_295, "Epoch")).toBe(4_294_967_295);
    expect(() => uint32(4_294_967_296, "Epoch")).toThrow("expected uint32 Epoch (0 to 4294967295) but got 4294967296");
    expect(() => uint32(-1, "Epoch")).toThrow(RangeError);
    expect(() => uint32(Number.NaN, "Epoch")).toThrow(RangeError);

    expect(int32(-2_147_483_648, "JobID")).toBe(-2_147_483_648);
    expect(() => int32(2_147_483_648, "JobID")).toThrow("expected int32 JobID");

    expect(uint64(2n ** 64n - 1n, "ConfigCount")).toBe(2n ** 64n - 1n);
    expect(() => uint64(2n ** 64n, "ConfigCount")).toThrow("expected uint64 ConfigCount but got 18446744073709551616");
    expect(() => uint64(-1n, "ConfigCount")).toThrow(RangeError);
  });

  it("hold exact lengths or are refused", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        expect(countFromWire(countToWire(value, "N"), "N")).toBe(value);
      }),
    );
    expect(() => countToWire(-1, "N")).toThrow("expected length or count N");
    expect(() => countFromWire(2n ** 63n, "MaxReportLength")).toThrow("expected length or count MaxReportLength");
    expect(() => countFromWire(-1n, "N")).toThrow(RangeError);
  });
});

describe("durations", () => {
  it("are milliseconds here and nanoseconds on the wire", () => {
    expect(durationToWire(64_000, "Lookback")).toBe(64_000_000_000n);
    expect(durationToWire(0.001, "Lookback")).toBe(1000n);
    expect(durationToWire(-1.5, "Lookback")).toBe(-1_500_000n);
    expect(fromNanoseconds(1_000_001n)).toBe(1.000001);
  });

  it("keep every nanosecond of up to 24 days", () => {
    const limit = 24n * 86_400n * 1_000_000_000n;
    fc.assert(
      fc.property(fc.bigInt({ min: -limit, max: limit }), (ns) => {
        expect(durationToWire(fromNanoseconds(ns), "Lookback")).toBe(ns);
      }),
    );
  });

  it("keep every whole millisecond of up to 292 years", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9_223_372_036_854 }), (ms) => {
        expect(fromNanoseconds(durationToWire(ms, "Lookback"))).toBe(ms);
      }),
    );
  });

  it("are refused when they are not finite or too long", () => {
    expect(() => durationToWire(Number.NaN, "DeltaC")).toThrow(
      "expected a duration in milliseconds for DeltaC but got NaN",
    );
    expect(() => durationToWire(Number.POSITIVE_INFINITY, "DeltaC")).toThrow(RangeError);
    expect(() => durationToWire(9_223_372_036_855, "DeltaC")).toThrow(
      "expected a duration of at most 292 years for DeltaC",
    );
  });
});

describe("timestamps", () => {
  it("keep every millisecond from year 1 to year 9999", () => {
    fc.assert(
      fc.property(fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }), (ms) => {
        const message = create(TimestampSchema, timestampToWire(ms, "LatestTimestamp"));
        expect(message.nanos).toBeGreaterThanOrEqual(0);
        expect(message.nanos).toBeLessThan(1_000_000_000);
        expect(timestampFromWire(message)).toBe(ms);
      }),
    );
  });

  it("are 1970 when absent, and refused when they are invalid", () => {
    expect(timestampFromWire(undefined)).toBe(0);
    expect(() => timestampToWire(Number.NaN, "LatestTimestamp")).toThrow(
      "expected milliseconds since 1970 for LatestTimestamp but got NaN",
    );
    expect(() => timestampToWire(253_402_300_800_000, "LatestTimestamp")).toThrow(RangeError);
  });
});

describe("UUIDs", () => {
  it("are 16 bytes on the wire", () => {
    expect(uuidToWire("1051429B-aa66-11ed-b0d2-5cff35dfbe67", "ExternalJobID")).toEqual(
      Uint8Array.of(0x10, 0x51, 0x42, 0x9b, 0xaa, 0x66, 0x11, 0xed, 0xb0, 0xd2, 0x5c, 0xff, 0x35, 0xdf, 0xbe, 0x67),
    );
    fc.assert(
      fc.property(fc.uuid(), (uuid) => {
        expect(uuidFromWire(uuidToWire(uuid, "ExternalJobID"), "ExternalJobID")).toBe(uuid);
      }),
    );
  });

  it("are refused with any other length or format", () => {
    expect(() => uuidFromWire(new Uint8Array(32), "ExternalJobID")).toThrow(
      new RangeError("invalid uuid bytes for ExternalJobID: invalid UUID (got 32 bytes)"),
    );
    expect(() => uuidToWire("1051429baa6611edb0d25cff35dfbe67", "ExternalJobID")).toThrow(
      'Cannot use "1051429baa6611edb0d25cff35dfbe67" as ExternalJobID: it is not a UUID',
    );
    expect(() => uuidToWire("", "ExternalJobID")).toThrow(SyntaxError);
  });
});

it("names a submessage that is missing", () => {
  expect(required({ a: 1 }, "relayArgs")).toEqual({ a: 1 });
  expect(() => required(undefined, "relayArgs")).toThrow(
    new TypeError("Cannot read the message: its relayArgs is missing"),
  );
});
