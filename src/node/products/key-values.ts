/** Values that a product's plugin keeps from one instance to the next. They are in memory, and lost when the node ends. */
import type { KeyValueStore } from "../../loop/key-value-store/types.ts";
import { shorten } from "../../values/text.ts";

/** Far above what a product needs, and little enough for the node. */
const defaultMaxBytes = 64 * 1024 * 1024;

/** @param maxBytes limit for all keys and values together. Default: 64 MiB */
export function createKeyValueStore(maxBytes = defaultMaxBytes): KeyValueStore {
  const entries = new Map<string, { readonly value: Uint8Array; readonly storedAt: number }>();
  const sizeOf = (key: string, value: Uint8Array) => Buffer.byteLength(key) + value.length;
  let bytes = 0;

  function forget(key: string): boolean {
    const entry = entries.get(key);
    if (entry === undefined) return false;
    bytes -= sizeOf(key, entry.value);
    return entries.delete(key);
  }

  return {
    async store(key, value) {
      const present = entries.get(key);
      const after = bytes + sizeOf(key, value) - (present === undefined ? 0 : sizeOf(key, present.value));
      if (after > maxBytes) {
        throw new RangeError(`Cannot store "${shorten(key)}": the job's values would have more than ${maxBytes} bytes`);
      }
      forget(key);
      // A copy: a plugin in the same process may write to its bytes later.
      entries.set(key, { value: value.slice(), storedAt: performance.now() });
      bytes = after;
    },
    get: async (key) => entries.get(key)?.value.slice(),
    async pruneExpiredEntries(maxAgeMs) {
      const now = performance.now();
      const expired = [...entries].filter(([, { storedAt }]) => now - storedAt > maxAgeMs);
      return expired.filter(([key]) => forget(key)).length;
    },
  };
}
