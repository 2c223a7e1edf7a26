/**
 * Reads protobuf as Go does. All oracles read what one oracle sends and must get the same result, whatever the bytes are: an
 * oracle with a stricter or laxer reader would make a different report of the same observations.
 */

export interface WireField {
  readonly number: number;
  /** A varint as a number, a length-delimited value as bytes; undefined for types that these messages do not use. */
  readonly value: bigint | Uint8Array | undefined;
}

const maxFieldNumber = 2n ** 29n - 1n;

/**
 * The fields of a message in their order, without the fields of groups. A field counts only with the wire type of its
 * declaration; with another one it is an unknown field and must be skipped.
 * @throws SyntaxError when the bytes are not protobuf
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

  /** Seven bits per byte, the lowest first. Padding up to ten bytes is allowed, bits beyond 64 are not. */
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
          throw new SyntaxError("Cannot read the message: it ends a group that is not open");
        return undefined;
      case 5n:
        take(4n);
        return undefined;
      default:
        throw new SyntaxError(`Cannot read the message: wire type ${wireType} does not exist`);
    }
  }

  while (at < encoded.length) {
    const tag = varint();
    const number = tag >> 3n;
    if (number < 1n || number > maxFieldNumber) {
      throw new SyntaxError(`Cannot read the message: field number ${number} is not allowed`);
    }
    const isInGroup = openGroups.length > 0;
    const value = readValue(tag & 7n, number);
    if (!isInGroup) fields.push({ number: Number(number), value });
  }
  if (openGroups.length > 0) throw new SyntaxError("Cannot read the message: it ends within a group");
  return fields;
}
