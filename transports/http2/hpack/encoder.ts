/** RFC 7541: writes field blocks. */
import { createDynamicTable, fieldBytes, maxTableBytes } from "./dynamic-table.ts";
import { fieldKey, staticCount, staticFieldNumbers, staticNameNumbers } from "./static-table.ts";

export interface Encoder {
  /**
   * A block, in memory that the next one may overwrite. It has to be sent, and before the next one: both sides' tables depend on it.
   * @param fields names and values by turns; an array that comes again is known at once, so it must never change
   * @param more fields of this block alone, which are not put into the table
   */
  encode(fields: readonly string[], more?: readonly string[]): Uint8Array;
  /** What the peer's table may have. The next block tells the peer what is made of it. */
  limitTable(bytes: number): void;
}

/** Fields that came before, and their block as long as the table does not change. */
interface Known {
  readonly fields: readonly string[];
  readonly block: Uint8Array;
  readonly generation: number;
}
const mostKnown = 32;

export function createEncoder(): Encoder {
  /** Numbers of fields among those ever put into the table. */
  const fieldNumbers = new Map<string, number>();
  const nameNumbers = new Map<string, number>();
  const table = createDynamicTable((name, value, number) => {
    const key = fieldKey(name, value);
    if (fieldNumbers.get(key) === number) fieldNumbers.delete(key);
    if (nameNumbers.get(name) === number) nameNumbers.delete(name);
  });
  const known: Known[] = [];
  let oldest = 0;
  /** The least that the table's size has been since the last block; undefined: it has not changed. */
  let leastSize: number | undefined;
  let block = Buffer.allocUnsafeSlow(1024);
  let at = 0;

  function room(bytes: number): void {
    if (at + bytes <= block.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(block.length * 2, at + bytes));
    block.copy(larger, 0, 0, at);
    block = larger;
  }

  function writeInteger(pattern: number, prefix: number, number: number): void {
    room(6);
    if (number < prefix) {
      block[at++] = pattern | number;
      return;
    }
    block[at++] = pattern | prefix;
    let rest = number - prefix;
    for (; rest >= 0x80; rest >>>= 7) block[at++] = (rest & 0x7f) | 0x80;
    block[at++] = rest;
  }

  function writeText(text: string): void {
    writeInteger(0, 0x7f, text.length);
    room(text.length);
    if (text.length > 64) at += block.write(text, at, "latin1");
    else for (let index = 0; index < text.length; index++) block[at++] = text.charCodeAt(index);
  }

  /** As it stands in the table now. */
  const indexed = (number: number) => staticCount + table.inserted - number;

  function writeField(name: string, value: string, isKept: boolean): void {
    const key = fieldKey(name, value);
    const ofField = staticFieldNumbers.get(key);
    if (ofField !== undefined) return writeInteger(0x80, 0x7f, ofField);
    const number = fieldNumbers.get(key);
    if (number !== undefined) return writeInteger(0x80, 0x7f, indexed(number));
    const ofName = nameNumbers.get(name);
    const nameNumber = staticNameNumbers.get(name) ?? (ofName === undefined ? 0 : indexed(ofName));
    // One that takes half of the table would push out what is of more use.
    const isInserted = isKept && fieldBytes(name, value) <= table.maxBytes / 2;
    if (isInserted) writeInteger(0x40, 0x3f, nameNumber);
    else writeInteger(0, 0x0f, nameNumber);
    if (nameNumber === 0) writeText(name);
    writeText(value);
    if (!isInserted) return;
    table.insert(name, value);
    fieldNumbers.set(key, table.inserted - 1);
    nameNumbers.set(name, table.inserted - 1);
  }

  function writeSizes(): void {
    if (leastSize === undefined) return;
    if (leastSize < table.maxBytes) writeInteger(0x20, 0x1f, leastSize);
    writeInteger(0x20, 0x1f, table.maxBytes);
    leastSize = undefined;
  }

  function find(fields: readonly string[]): Known | undefined {
    for (let index = 0; index < known.length; index++) {
      const one = known[index]!;
      if (one.fields === fields) return one.generation === table.generation ? one : undefined;
    }
    return undefined;
  }

  function remember(fields: readonly string[], generation: number): void {
    const one: Known = { fields, block: Uint8Array.prototype.slice.call(block, 0, at), generation };
    const index = known.findIndex((before) => before.fields === fields);
    if (index >= 0) known[index] = one;
    else if (known.length < mostKnown) known.push(one);
    else known[oldest++ % mostKnown] = one;
  }

  return {
    encode(fields, more) {
      const before = leastSize === undefined ? find(fields) : undefined;
      if (before !== undefined && more === undefined) return before.block;
      at = 0;
      if (before !== undefined) {
        room(before.block.length);
        block.set(before.block);
        at = before.block.length;
      } else {
        const isPlain = leastSize === undefined;
        writeSizes();
        const { generation } = table;
        for (let index = 0; index < fields.length; index += 2) writeField(fields[index]!, fields[index + 1]!, true);
        if (isPlain && generation === table.generation) remember(fields, generation);
      }
      if (more !== undefined)
        for (let index = 0; index < more.length; index += 2) writeField(more[index]!, more[index + 1]!, false);
      return block.subarray(0, at);
    },
    limitTable(bytes) {
      const size = Math.min(bytes, maxTableBytes);
      if (size === table.maxBytes) return;
      leastSize = Math.min(leastSize ?? size, size);
      table.resize(size);
    },
  };
}
