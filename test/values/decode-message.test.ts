import { create, type DescMessage, fromBinary, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import {
  DoubleValueSchema,
  FieldMaskSchema,
  FileDescriptorProtoSchema,
  StringValueSchema,
  StructSchema,
  ValueSchema,
} from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NewMedianFactoryRequestSchema } from "../../proto/gen/loop/median_pb.ts";
import { decodeMessage } from "../../src/values/decode-message.ts";

describe("a message of a peer that knows another version of it", () => {
  it("loses the field that comes in another form, and no other", () => {
    // As Chainlink's node 2.9.0 asks for a median factory: all numbers, where field 2 is a text today.
    const bytes = Uint8Array.of(0x08, 4, 0x10, 1, 0x18, 2, 0x20, 5);
    expect(decodeMessage(NewMedianFactoryRequestSchema, bytes)).toMatchObject({
      medianProviderID: 4,
      contractID: "",
      dataSourceID: 2,
      juelsPerFeeCoinDataSourceID: 5,
      $unknown: [{ no: 2, wireType: WireType.Varint, data: Uint8Array.of(1) }],
    });
  });

  it.each<[what: string, schema: DescMessage, bytes: Uint8Array]>([
    ["a number for a text", StringValueSchema, new BinaryWriter().tag(1, WireType.Varint).uint32(300).finish()],
    [
      "a text for a double",
      DoubleValueSchema,
      new BinaryWriter().tag(1, WireType.LengthDelimited).string("x").finish(),
    ],
    ["a double for a text", StringValueSchema, new BinaryWriter().tag(1, WireType.Bit64).double(1).finish()],
    ["a number for a list of texts", FieldMaskSchema, new BinaryWriter().tag(1, WireType.Varint).uint32(1).finish()],
    ["a number for a map", StructSchema, new BinaryWriter().tag(1, WireType.Varint).uint32(1).finish()],
    ["a number for a message", ValueSchema, new BinaryWriter().tag(5, WireType.Varint).uint32(1).finish()],
    [
      "a group for a text",
      StringValueSchema,
      new BinaryWriter()
        .tag(1, WireType.StartGroup)
        .tag(7, WireType.Varint)
        .uint32(1)
        .tag(1, WireType.EndGroup)
        .finish(),
    ],
  ])("keeps %s as unknown, and writes it again", (_, schema, bytes) => {
    const message = decodeMessage(schema, bytes);
    expect(message.$unknown).toHaveLength(1);
    expect(toBinary(schema, message)).toEqual(bytes);
  });

  it("is read in the same way inside of messages, lists and maps", () => {
    const value = new BinaryWriter()
      .tag(2, WireType.LengthDelimited)
      .string("x")
      .tag(3, WireType.LengthDelimited)
      .string("y")
      .finish();
    const entry = new BinaryWriter()
      .tag(1, WireType.LengthDelimited)
      .string("key")
      .tag(2, WireType.LengthDelimited)
      .bytes(value)
      .finish();
    const struct = new BinaryWriter().tag(1, WireType.LengthDelimited).bytes(entry).finish();
    const list = new BinaryWriter()
      .tag(1, WireType.LengthDelimited)
      .bytes(new BinaryWriter().tag(5, WireType.LengthDelimited).bytes(struct).finish())
      .finish();
    const holder = new BinaryWriter().tag(6, WireType.LengthDelimited).bytes(list).finish();
    const { kind } = decodeMessage(ValueSchema, holder);
    if (kind.case !== "listValue") throw new Error("it is no list");
    const [one] = kind.value.values;
    if (one?.kind.case !== "structValue") throw new Error("it holds no struct");
    expect(one.kind.value.fields.key?.kind).toEqual({ case: "stringValue", value: "y" });
  });

  it("may have a list packed or not, whichever is declared", () => {
    const packed = new BinaryWriter().tag(10, WireType.LengthDelimited).bytes(Uint8Array.of(1, 2)).finish();
    const single = new BinaryWriter().tag(10, WireType.Varint).int32(1).tag(10, WireType.Varint).int32(2).finish();
    for (const bytes of [packed, single]) {
      expect(decodeMessage(FileDescriptorProtoSchema, bytes).publicDependency).toEqual([1, 2]);
    }
  });

  it.each([
    ["that ends within a field", Uint8Array.of(0x0a, 5, 1)],
    [
      "whose inner message says that it goes on after its own end",
      Uint8Array.of(0x32, 2, 0x0a, 9, 0x1a, 1, 1, 1, 1, 1, 1, 1, 1),
    ],
    ["with a field without a number", Uint8Array.of(0x02, 0)],
    ["that ends a group that it has not begun", Uint8Array.of(0x0c)],
  ])("cannot be read from bytes %s", (_, bytes) => {
    expect(() => decodeMessage(ValueSchema, bytes)).toThrow();
  });

  it("is as deep as messages may be, and no deeper", () => {
    const nested = (depth: number): Uint8Array =>
      depth === 0
        ? toBinary(ValueSchema, create(ValueSchema, { kind: { case: "boolValue", value: true } }))
        : new BinaryWriter()
            .tag(6, WireType.LengthDelimited)
            .bytes(
              new BinaryWriter()
                .tag(1, WireType.LengthDelimited)
                .bytes(nested(depth - 1))
                .finish(),
            )
            .finish();
    expect(decodeMessage(ValueSchema, nested(49)).kind.case).toBe("listValue");
    expect(() => decodeMessage(ValueSchema, nested(200))).toThrow("maximum recursion depth");
  });

  it("is what fromBinary makes of bytes that are as declared", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const bytes = toBinary(ValueSchema, toValue(value));
        expect(decodeMessage(ValueSchema, bytes)).toEqual(fromBinary(ValueSchema, bytes));
      }),
      { numRuns: 200 },
    );
  });

  it("never reads over the end, and never hangs, whatever the bytes are", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          decodeMessage(FileDescriptorProtoSchema, bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

function toValue(value: fc.JsonValue): ReturnType<typeof create<typeof ValueSchema>> {
  if (Array.isArray(value)) {
    return create(ValueSchema, { kind: { case: "listValue", value: { values: value.map(toValue) } } });
  }
  if (typeof value === "object" && value !== null) {
    const fields = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, toValue(inner ?? null)]));
    return create(ValueSchema, { kind: { case: "structValue", value: { fields } } });
  }
  if (typeof value === "string") return create(ValueSchema, { kind: { case: "stringValue", value } });
  if (typeof value === "number") return create(ValueSchema, { kind: { case: "numberValue", value } });
  if (typeof value === "boolean") return create(ValueSchema, { kind: { case: "boolValue", value } });
  return create(ValueSchema, { kind: { case: "nullValue", value: 0 } });
}
