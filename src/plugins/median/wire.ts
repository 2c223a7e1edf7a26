/**
 * Protobuf as Go reads it. What one oracle sends is read by all others, and must mean the same to each of them whatever it is:
 * a reader that is stricter or laxer than the others' would make another report of the same observations.
 */

export interface WireField {
  readonly number: number;
  /** A varint as a number, a length-delimited value as bytes; undefined for what these messages have no field of. */
  readonly value: bigint | Uint8Array | undefined;
}

const maxFieldNumber = 2n ** 29n - 1n;

/**
 * The fields of a message in their order, those of groups left out. A field counts only with the wire type of its
 * declaration: with another one it is an unknown field, which is skipped.
 * @throws SyntaxError when the bytes are no protobuf
 */
export function readFields(encoded: Uint8Array): WireField[] {
  const fields: WireField[] = [];
  const openGroups: bigint[] = [];
  let at = 0;

  function take(length: bigint): Uint8Array {
    if (length > encoded.length - at) throw new SyntaxError("Cannot read the message: it ends too early");
    at += Number(length);
    return encoded.subarray(at - Number(length), at);
  }

  /** Seven bits a byte, the lowest first; padding is allowed up to ten bytes, bits beyond 64 are not. */
  function varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const [byte = 0] = take(1n);
      if (shift === 63n && byte > 1) break;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new SyntaxError("Cannot read the message: a number in it has more than 64 bits");
  }

  function readValue(wireType: bigint, number: bigint): WireField["value"] {
    switch (wireType) {
      case 0n:
        return varint();
      case 1n:
        take(8n);
        return undefined;
      case 2n:
        return take(varint());
      case 3n:
        openGroups.push(number);
        return undefined;
      case 4n:
        if (openGroups.pop() !== number)
          throw new SyntaxError("Cannot read the message: a group ends that is not open");
        return undefined;
      case 5n:
        take(4n);
        return undefined;
      default:
        throw new SyntaxError(`Cannot read the message: there is no wire type ${wireType}`);
    }
  }

  while (at < encoded.length) {
    const tag = varint();
    const number = tag >> 3n;
    if (number < 1n || number > maxFieldNumber) {
      throw new SyntaxError(`Cannot read the message: there is no field number ${number}`);
    }
    const isInGroup = openGroups.length > 0;
    const value = readValue(tag & 7n, number);
    if (!isInGroup) fields.push({ number: Number(number), value });
  }
  if (openGroups.length > 0) throw new SyntaxError("Cannot read the message: it ends within a group");
  return fields;
}
