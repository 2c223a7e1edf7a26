import { create, type DescMessage, equals, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, file_google_protobuf_descriptor } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import fc from "fast-check";
import { expect, it } from "vitest";
import { ConformanceRequestSchema, ConformanceResponseSchema } from "../../../proto/gen/loopp/v1/conformance_pb.ts";
import { ValueSchema } from "../../../proto/gen/values/v1/values_pb.ts";
import { failure } from "../../../src/testing/failure.ts";
import { copyMessage } from "../../../transports/calls/copy.ts";

/** A copy is what the other side of a wire would get. */
function expectCopy<T extends DescMessage>(schema: T, message: MessageShape<T>): MessageShape<T> {
  const copy = copyMessage(schema, message) as MessageShape<T>;
  expect(copy).not.toBe(message);
  expect(equals(schema, copy, fromBinary(schema, toBinary(schema, message)))).toBe(true);
  return copy;
}

it("a copy has what the other side of a wire would get, whatever is in a message", () => {
  const text = fc.string({ unit: "binary" });
  const bytes = fc.uint8Array({ maxLength: 20 });
  const pairs = fc.array(fc.record({ name: text, value: text }), { maxLength: 3 });
  const error = fc.option(fc.record({ code: fc.nat(), message: text, detail: pairs }), { nil: undefined });
  const requests = fc.record({ id: text, data: bytes, header: pairs, trailer: pairs, count: fc.nat(), error });
  fc.assert(
    fc.property(requests, ({ error, ...init }) => {
      const request = { ...init, ...(error === undefined ? {} : { error }) };
      expectCopy(ConformanceRequestSchema, create(ConformanceRequestSchema, request));
    }),
    { numRuns: 50 },
  );
  const values = fc.letrec<{ value: { value: { case: string; value: unknown } } }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.oneof(
        text.map((value) => ({ value: { case: "stringValue", value } })),
        fc.boolean().map((value) => ({ value: { case: "boolValue", value } })),
        bytes.map((value) => ({ value: { case: "bytesValue", value } })),
        fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map((value) => ({ value: { case: "int64Value", value } })),
        fc.double().map((value) => ({ value: { case: "float64Value", value } })),
      ),
      fc.array(tie("value")).map((fields) => ({ value: { case: "listValue", value: { fields } } })),
      fc.dictionary(text, tie("value")).map((fields) => ({ value: { case: "mapValue", value: { fields } } })),
    ),
  })).value;
  const compare = fc.property(values, (value) => void expectCopy(ValueSchema, create(ValueSchema, value as never)));
  fc.assert(compare, { numRuns: 50 });
});

it("a copy has the fields of proto2 that are set, the unknown ones, and the zero values of the others", () => {
  const { proto } = file_google_protobuf_descriptor;
  const copy = expectCopy(FileDescriptorProtoSchema, proto);
  expect(copy.messageType[0]?.name).toBe(proto.messageType[0]?.name);
  // Read from the prototype, which messages of proto3 do not have.
  expect(expectCopy(FileDescriptorProtoSchema, create(FileDescriptorProtoSchema)).syntax).toBe("");
  const unknown = fromBinary(ConformanceResponseSchema, Uint8Array.of(0xf8, 0x07, 1));
  expect(expectCopy(ConformanceResponseSchema, unknown).$unknown).toHaveLength(1);
});

it("a copy shares no memory with its message, not even a Buffer's", () => {
  for (const data of [Uint8Array.of(1, 2), Buffer.from([1, 2])]) {
    const copy = expectCopy(ConformanceRequestSchema, create(ConformanceRequestSchema, { data }));
    data[0] = 9;
    expect([...copy.data]).toEqual([1, 2]);
  }
});

it("a copy of what cannot be encoded is refused, and half a character is mended, as on a wire", async () => {
  const broken = create(ConformanceRequestSchema, { count: 1.5 });
  const error = await failure(async () => copyMessage(ConformanceRequestSchema, broken));
  expect([error.code, error.rawMessage]).toEqual([Code.Internal, expect.stringMatching(/^cannot encode loopp/)]);
  const half = create(ConformanceRequestSchema, { id: "a\ud83d" });
  expect((copyMessage(ConformanceRequestSchema, half) as typeof half).id).toBe("a\ufffd");
});
