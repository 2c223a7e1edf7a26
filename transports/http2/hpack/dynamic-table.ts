/** RFC 7541, 2.3.2: the fields that both sides of one direction remember, the newest first. */

/** What every field costs beside its name and value, in a table and in the size of a field section. */
const fieldOverheadBytes = 32;

/** The largest table on either side: what HTTP/2 begins with, and nothing here asks for more. */
export const maxTableBytes = 4096;

/** No table has more: an empty field costs its overhead. */
const mask = maxTableBytes / fieldOverheadBytes - 1;

export function fieldBytes(name: string, value: string): number {
  return name.length + value.length + fieldOverheadBytes;
}

export interface DynamicTable {
  readonly count: number;
  readonly maxBytes: number;
  /** Counts changes: what was made of an earlier one is of no use. */
  readonly generation: number;
  /** How many fields were ever put in. */
  readonly inserted: number;
  /** Of the field at an index from 0, the newest. The index has to be below `count`. */
  name(index: number): string;
  value(index: number): string;
  /** Puts a field in, and older ones out; one that is larger than the table empties it. */
  insert(name: string, value: string): void;
  /** @param bytes at most {@link maxTableBytes} */
  resize(bytes: number): void;
}

/** @param onEvict told of each field that leaves, with its number among those ever put in, from 0 */
export function createDynamicTable(
  onEvict: (name: string, value: string, number: number) => void = () => {},
): DynamicTable {
  const names: string[] = [];
  const values: string[] = [];
  let count = 0;
  let bytes = 0;
  let maxBytes = maxTableBytes;
  let generation = 0;
  let inserted = 0;

  function shrink(most: number): void {
    while (bytes > most) {
      const number = inserted - count;
      const slot = number & mask;
      const name = names[slot]!;
      const value = values[slot]!;
      bytes -= fieldBytes(name, value);
      count--;
      onEvict(name, value, number);
    }
  }

  return {
    get count() {
      return count;
    },
    get maxBytes() {
      return maxBytes;
    },
    get generation() {
      return generation;
    },
    get inserted() {
      return inserted;
    },
    name: (index) => names[(inserted - 1 - index) & mask]!,
    value: (index) => values[(inserted - 1 - index) & mask]!,
    insert(name, value) {
      generation++;
      const needed = fieldBytes(name, value);
      if (needed > maxBytes) return shrink(0);
      shrink(maxBytes - needed);
      names[inserted & mask] = name;
      values[inserted & mask] = value;
      bytes += needed;
      count++;
      inserted++;
    },
    resize(most) {
      generation++;
      maxBytes = most;
      shrink(most);
    },
  };
}
