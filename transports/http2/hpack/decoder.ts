/** RFC 7541: reads field blocks. */
import { compressionError } from "../errors.ts";
import { createDynamicTable, type DynamicTable, fieldBytes, maxTableBytes } from "./dynamic-table.ts";
import { decodeHuffman } from "./huffman.ts";
import { staticCount, staticNames, staticValues } from "./static-table.ts";

/** What a field block says. The same object for a block that came before. */
export interface FieldSection {
  /** Names and values by turns, a character for a byte. Empty where they are too large. */
  readonly fields: readonly string[];
  /** As RFC 9113, 6.5.2 counts them. */
  readonly bytes: number;
  readonly isTooLarge: boolean;
}

export interface Decoder {
  /**
   * Every block of a connection has to come by here, in order, whatever becomes of its stream.
   * @throws Http2Error for what cannot be read; then there is no next block
   */
  decode(buffer: Buffer, start: number, end: number): FieldSection;
}

/** A block of a peer that repeats itself: read under a table that has not changed, it says the same again. */
interface Known {
  readonly block: Uint8Array;
  readonly generation: number;
  readonly section: FieldSection;
}
const mostKnown = 32;
const maxKnownBytes = 128;

/** @param maxBytes of a section: of a larger one only the table's part is kept */
export function createDecoder(maxBytes: number): Decoder {
  const table = createDynamicTable();
  const known: (Known | undefined)[] = new Array(mostKnown).fill(undefined);

  return {
    decode(buffer, start, end) {
      const length = end - start;
      if (length > maxKnownBytes) return read(buffer, start, end, table, maxBytes);
      let hash = length;
      for (let at = start; at < end; at++) hash = (hash * 31 + buffer[at]!) | 0;
      const slot = (hash ^ (hash >>> 15)) & (mostKnown - 1);
      const before = known[slot];
      if (before !== undefined && before.generation === table.generation && isSame(before.block, buffer, start, end))
        return before.section;
      const { generation } = table;
      const section = read(buffer, start, end, table, maxBytes);
      if (generation === table.generation)
        known[slot] = { block: Uint8Array.prototype.slice.call(buffer, start, end), generation, section };
      return section;
    },
  };
}

function isSame(block: Uint8Array, buffer: Uint8Array, start: number, end: number): boolean {
  if (block.length !== end - start) return false;
  for (let at = start; at < end; at++) if (block[at - start] !== buffer[at]) return false;
  return true;
}

/** Where reading has come to. One for all: nothing waits within a block. */
let at = 0;

function read(buffer: Buffer, start: number, end: number, table: DynamicTable, maxBytes: number): FieldSection {
  const fields: string[] = [];
  let bytes = 0;
  at = start;
  while (at < end) {
    const first = buffer[at]!;
    let name: string;
    let value: string;
    if (first & 0x80) {
      const number = readInteger(buffer, end, 0x7f);
      name = nameOf(number, table);
      value = number <= staticCount ? staticValues[number]! : table.value(number - staticCount - 1);
    } else if ((first & 0xe0) === 0x20) {
      const size = readInteger(buffer, end, 0x1f);
      if (fields.length > 0 || bytes > 0) throw compressionError("the table's size changes within a block");
      if (size > maxTableBytes) throw compressionError("the table's size is larger than what was allowed");
      table.resize(size);
      continue;
    } else {
      const isKept = (first & 0x40) !== 0;
      const number = readInteger(buffer, end, isKept ? 0x3f : 0x0f);
      name = number === 0 ? readText(buffer, end) : nameOf(number, table);
      value = readText(buffer, end);
      if (isKept) table.insert(name, value);
    }
    bytes += fieldBytes(name, value);
    if (bytes <= maxBytes) fields.push(name, value);
  }
  return bytes <= maxBytes ? { fields, bytes, isTooLarge: false } : { fields: [], bytes, isTooLarge: true };
}

function nameOf(number: number, table: DynamicTable): string {
  if (number <= staticCount) {
    if (number === 0) throw compressionError("there is no field 0");
    return staticNames[number]!;
  }
  const index = number - staticCount - 1;
  if (index >= table.count) throw compressionError("a field is not in the table");
  return table.name(index);
}

/** RFC 7541, 5.1. Nothing here is as large as four more bytes can say. */
function readInteger(buffer: Uint8Array, end: number, prefix: number): number {
  let number = buffer[at++]! & prefix;
  if (number < prefix) return number;
  for (let shift = 0; shift <= 21; shift += 7) {
    if (at >= end) throw compressionError("a block ends within a number");
    const byte = buffer[at++]!;
    number += (byte & 0x7f) << shift;
    if (byte < 0x80) return number;
  }
  throw compressionError("a number is too large");
}

function readText(buffer: Buffer, end: number): string {
  if (at >= end) throw compressionError("a block ends before a text");
  const isHuffman = buffer[at]! >= 0x80;
  const length = readInteger(buffer, end, 0x7f);
  const start = at;
  if (length > end - start) throw compressionError("a block ends within a text");
  at = start + length;
  return isHuffman ? decodeHuffman(buffer, start, at) : buffer.toString("latin1", start, at);
}
