/**
 * Writes a message, as `toBinary` does. That writes into memory which it doubles as it goes, and copies what is there at the end: for a
 * message with long bytes it takes twice as long as this, which puts them where they belong.
 */
import { type DescField, type DescMessage, type Message, ScalarType, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

/** From here on bytes count as long. */
const longBytes = 4 * 1024;
/** Bytes are copied to a place of this many as quickly as can be; to one beside it, on Bun, it takes fifteen times as long. */
const alignedBytes = 16;
const none = new Uint8Array();

/** @throws Error when the message does not fit its schema */
export function encodeMessage(schema: DescMessage, message: Message): Uint8Array<ArrayBuffer> {
  const values = message as unknown as Readonly<Record<string, unknown>>;
  for (const { localName, number } of bytesFields(schema)) {
    const bytes = values[localName];
    if (!(bytes instanceof Uint8Array) || bytes.length < longBytes) continue;
    const others = toBinary(schema, { ...message, [localName]: none });
    const head = new BinaryWriter().tag(number, WireType.LengthDelimited).uint32(bytes.length).finish();
    // Fields may come in any order, and of one that comes twice the last counts.
    const before = others.length + head.length;
    const slack = -before & (alignedBytes - 1);
    const whole = new Uint8Array(slack + before + bytes.length).subarray(slack);
    whole.set(others);
    whole.set(head, others.length);
    whole.set(bytes, before);
    return whole;
  }
  return toBinary(schema, message);
}

const known = new WeakMap<DescMessage, readonly DescField[]>();

/** Fields with bytes, which are properties of the message itself. */
function bytesFields(schema: DescMessage): readonly DescField[] {
  let fields = known.get(schema);
  if (fields === undefined) {
    fields = schema.fields.filter(
      ({ fieldKind, scalar, oneof }) => fieldKind === "scalar" && scalar === ScalarType.BYTES && oneof === undefined,
    );
    known.set(schema, fields);
  }
  return fields;
}
