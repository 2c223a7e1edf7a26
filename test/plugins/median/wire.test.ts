import { create, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { describe, expect, it } from "vitest";
import { NumericalMedianConfigProtoSchema } from "../../../proto/gen/median/offchain_config_pb.ts";
import { readFields } from "../../../src/plugins/median/wire.ts";

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe("readFields()", () => {
  it("reads what protobuf's writer has written", () => {
    const encoded = toBinary(
      NumericalMedianConfigProtoSchema,
      create(NumericalMedianConfigProtoSchema, { alphaReportInfinite: true, deltaCNanoseconds: 2n ** 64n - 1n }),
    );
    expect(readFields(encoded)).toEqual([
      { number: 1, value: 1n },
      { number: 5, value: 2n ** 64n - 1n },
    ]);
    expect(readFields(bytes())).toEqual([]);
  });

  it("skips fixed numbers and groups, with everything in them", () => {
    const writer = new BinaryWriter();
    writer.tag(1, WireType.Bit64).fixed64(7n).tag(2, WireType.Bit32).fixed32(7);
    writer.tag(3, WireType.StartGroup).tag(9, WireType.LengthDelimited).bytes(bytes(1));
    writer.tag(4, WireType.StartGroup).tag(4, WireType.EndGroup).tag(3, WireType.EndGroup);
    writer.tag(5, WireType.LengthDelimited).bytes(bytes(1, 2));
    const known = readFields(writer.finish()).filter(({ value }) => value !== undefined);
    expect(known).toEqual([{ number: 5, value: bytes(1, 2) }]);
  });

  it("accepts padded numbers of up to ten bytes", () => {
    expect(readFields(bytes(0x88, 0x80, 0x80, 0x80, 0x80, 0x00, 0x85, 0x80, 0x00))).toEqual([{ number: 1, value: 5n }]);
  });

  it.each([
    ["a number that has more than 64 bits", [8, ...Array<number>(9).fill(0xff), 2]],
    ["a number of eleven bytes", [8, ...Array<number>(10).fill(0x80), 0]],
    ["a number that ends too early", [8, 0x80]],
    ["bytes that end too early", [0x12, 2, 1]],
    ["a length that no memory holds", [0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]],
    ["a fixed number that ends too early", [0x0d, 1, 2, 3]],
    ["field number zero", [0, 0]],
    ["wire type 6", [0x0e]],
    ["the end of a group that is not open", [0x0c]],
    ["the end of another group", [0x0b, 0x14]],
    ["a group without an end", [0x0b]],
  ])("refuses %s", (_, encoded) => {
    expect(() => readFields(Uint8Array.from(encoded))).toThrow(SyntaxError);
  });
});
