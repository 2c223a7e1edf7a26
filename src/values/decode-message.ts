/**
 * Reads a message of a peer that may know another version of it, as Go does: a field that comes in another wire type than its declaration
 * says is an unknown field. `fromBinary` reads what is declared, whatever came: a text where a number was sent takes the bytes after it,
 * often without an error.
 */
import { type DescField, type DescMessage, fromBinary, type MessageShape, ScalarType } from "@bufbuild/protobuf";
import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

/**
 * Fields of another wire type are in the message's `$unknown`; those of the messages inside it are left out.
 * @throws Error when the bytes are not protobuf, or a field cannot be read
 */
export function decodeMessage<Schema extends DescMessage>(schema: Schema, bytes: Uint8Array): MessageShape<Schema> {
  const fields = fieldsOf(schema);
  at = 0;
  if (isAsDeclared(bytes, bytes.length, fields, 0)) return fromBinary(schema, bytes);
  const { declared, others } = separate(bytes, fields, 0);
  const message = fromBinary(schema, declared);
  if (others.length > 0) message.$unknown = [...(message.$unknown ?? []), ...others];
  return message;
}

type UnknownField = NonNullable<MessageShape<DescMessage>["$unknown"]>[number];

interface Field {
  /** Bit n is set where wire type n is a form of this field. */
  readonly wireTypes: number;
  /** Of the message that the field holds. */
  readonly inner: Fields | undefined;
}

/** By number. */
type Fields = Map<number, Field>;

const known = new WeakMap<DescMessage, Fields>();

function fieldsOf(schema: DescMessage): Fields {
  let fields = known.get(schema);
  if (fields === undefined) {
    fields = new Map();
    // Before it is filled: messages may hold themselves.
    known.set(schema, fields);
    for (const field of schema.fields) fields.set(field.number, fieldOf(field));
  }
  return fields;
}

function fieldOf(field: DescField): Field {
  switch (field.fieldKind) {
    case "scalar":
      return { wireTypes: bit(scalarWireType(field.scalar)), inner: undefined };
    case "enum":
      return { wireTypes: bit(WireType.Varint), inner: undefined };
    case "message":
      return messageField(field.message, field.delimitedEncoding);
    case "list": {
      if (field.listKind === "message") return messageField(field.message, field.delimitedEncoding);
      const one = field.listKind === "enum" ? WireType.Varint : scalarWireType(field.scalar);
      // Readers take both forms of a list, one by one and packed, whichever is declared.
      return { wireTypes: bit(one) | bit(WireType.LengthDelimited), inner: undefined };
    }
    case "map": {
      const value =
        field.mapKind === "message"
          ? messageField(field.message, false)
          : {
              wireTypes: bit(field.mapKind === "enum" ? WireType.Varint : scalarWireType(field.scalar)),
              inner: undefined,
            };
      const key = { wireTypes: bit(scalarWireType(field.mapKey)), inner: undefined };
      return {
        wireTypes: bit(WireType.LengthDelimited),
        inner: new Map([
          [1, key],
          [2, value],
        ]),
      };
    }
  }
}

function messageField(message: DescMessage, isGroup: boolean): Field {
  // What is in a group is not looked into: no schema of today has one.
  if (isGroup) return { wireTypes: bit(WireType.StartGroup), inner: undefined };
  return { wireTypes: bit(WireType.LengthDelimited), inner: fieldsOf(message) };
}

function bit(wireType: number): number {
  return 1 << wireType;
}

function scalarWireType(scalar: ScalarType): WireType {
  switch (scalar) {
    case ScalarType.STRING:
    case ScalarType.BYTES:
      return WireType.LengthDelimited;
    case ScalarType.DOUBLE:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return WireType.Bit64;
    case ScalarType.FLOAT:
    case ScalarType.FIXED32:
    case ScalarType.SFIXED32:
      return WireType.Bit32;
    default:
      return WireType.Varint;
  }
}

/** As in `fromBinary`, which says so in its error. */
const maxDepth = 100;

/** Where the look at the bytes is. It is taken at every message of every call, and makes nothing. */
let at = 0;

/**
 * Whether all is well with the wire types of the fields up to `end`. False, too, for what only a closer look can tell: groups, and bytes
 * that end within a field.
 */
function isAsDeclared(bytes: Uint8Array, end: number, fields: Fields, depth: number): boolean {
  if (depth > maxDepth) return true;
  while (at < end) {
    const tag = readVarint(bytes);
    const wireType = tag & 7;
    const field = fields.get(tag >>> 3);
    if (field !== undefined && (field.wireTypes & (1 << wireType)) === 0) return false;
    switch (wireType) {
      case WireType.Varint:
        readVarint(bytes);
        break;
      case WireType.Bit64:
        at += 8;
        break;
      case WireType.LengthDelimited: {
        const length = readVarint(bytes);
        const next = at + length;
        if (next > end) return false;
        if (field?.inner !== undefined && !isAsDeclared(bytes, next, field.inner, depth + 1)) return false;
        at = next;
        break;
      }
      case WireType.Bit32:
        at += 4;
        break;
      default:
        return false;
    }
  }
  return at === end;
}

/** Its low 32 bits, as a number of tags and lengths. At the end of the bytes, 0. */
function readVarint(bytes: Uint8Array): number {
  let value = 0;
  for (let shift = 0; shift < 70; shift += 7) {
    const byte = bytes[at++] ?? 0;
    if (shift < 32) value |= (byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  return value >>> 0;
}

/** @throws Error when the bytes are not protobuf */
function separate(bytes: Uint8Array, fields: Fields, depth: number): { declared: Uint8Array; others: UnknownField[] } {
  const declared = new BinaryWriter();
  const others: UnknownField[] = [];
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const begin = reader.pos;
    const [no, wireType] = reader.tag();
    const data = reader.skip(wireType, no);
    const field = fields.get(no);
    if (field !== undefined && (field.wireTypes & bit(wireType)) === 0) {
      others.push({ no, wireType, data });
    } else if (field?.inner !== undefined && depth < maxDepth) {
      const inner = separate(new BinaryReader(data).bytes(), field.inner, depth + 1);
      declared.tag(no, wireType).bytes(inner.declared);
    } else {
      declared.raw(bytes.subarray(begin, reader.pos));
    }
  }
  return { declared: declared.finish(), others };
}
