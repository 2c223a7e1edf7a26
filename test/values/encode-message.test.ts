import { create, type DescMessage, fromBinary, type Message, toBinary } from "@bufbuild/protobuf";
import { BytesValueSchema, UninterpretedOptionSchema } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { expect, it } from "vitest";
import { EchoRequestSchema } from "../../proto/gen/loopp/v1/bench_pb.ts";
import { NumericalMedianObservationProtoSchema } from "../../proto/gen/median/observation_pb.ts";
import { encodeMessage } from "../../src/values/encode-message.ts";

/** Around the length from which on bytes are written apart from the other fields. */
const lengths = fc.oneof(fc.constantFrom(0, 1, 4095, 4096, 4097, 16_384, 70_000), fc.nat(9000));
const bytes = lengths.map((length) => new Uint8Array(length).map((_, index) => index));

const unknown = [{ no: 99, wireType: 2, data: Uint8Array.of(1, 7) }];
const message: fc.Arbitrary<[DescMessage, Message]> = fc.oneof(
  fc
    .tuple(fc.nat(2 ** 31), bytes)
    .map(([number, data]): [DescMessage, Message] => [
      EchoRequestSchema,
      { ...create(EchoRequestSchema, { number, data }), $unknown: unknown },
    ]),
  fc
    .tuple(bytes, bytes)
    .map(([value, juelsPerFeeCoin]): [DescMessage, Message] => [
      NumericalMedianObservationProtoSchema,
      create(NumericalMedianObservationProtoSchema, { value, juelsPerFeeCoin, timestamp: 3 }),
    ]),
  bytes.map((value): [DescMessage, Message] => [BytesValueSchema, create(BytesValueSchema, { value })]),
  // Its fields say whether they are there.
  bytes.map((stringValue): [DescMessage, Message] => [
    UninterpretedOptionSchema,
    create(UninterpretedOptionSchema, { stringValue, doubleValue: 0 }),
  ]),
);

it("writes what reads as what toBinary writes", () => {
  fc.assert(
    fc.property(message, ([schema, value]) => {
      expect(fromBinary(schema, encodeMessage(schema, value))).toEqual(fromBinary(schema, toBinary(schema, value)));
    }),
    { numRuns: 60 },
  );
});

it("refuses what toBinary refuses", () => {
  const data = new Uint8Array(9000);
  const bad = [
    { ...create(EchoRequestSchema, { data }), number: 1.5 },
    { ...create(EchoRequestSchema, { data }), $typeName: "other.Message" },
  ];
  for (const value of bad) expect(() => encodeMessage(EchoRequestSchema, value as unknown as Message)).toThrow();
});
