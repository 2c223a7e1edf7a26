/** What keeps a product's values for the next life of its plugin. Each job has a store of its own. */
import type { CallOptions } from "../types.ts";

export interface KeyValueStore {
  store(key: string, value: Uint8Array, options?: CallOptions): Promise<void>;
  /** `undefined` when nothing is stored under the key. */
  get(key: string, options?: CallOptions): Promise<Uint8Array | undefined>;
  /**
   * Forgets what has not been stored again for some time, in milliseconds.
   * @returns how many values that were
   */
  pruneExpiredEntries(maxAgeMs: number, options?: CallOptions): Promise<number>;
}
