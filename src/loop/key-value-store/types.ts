/** Keeps a product's values for the next instance of its plugin. Each job has its own store. */
import type { CallOptions } from "../types.ts";

export interface KeyValueStore {
  store(key: string, value: Uint8Array, options?: CallOptions): Promise<void>;
  /** `undefined` when nothing is stored under the key. */
  get(key: string, options?: CallOptions): Promise<Uint8Array | undefined>;
  /**
   * Deletes values that have not been stored again for `maxAgeMs` milliseconds.
   * @returns the number of deleted values
   */
  pruneExpiredEntries(maxAgeMs: number, options?: CallOptions): Promise<number>;
}
