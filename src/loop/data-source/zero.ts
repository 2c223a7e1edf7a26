/** The gas price source of feeds whose contract sees the gas price itself. */
import type { DataSource } from "./types.ts";

/**
 * Always zero. A median product in the same memory recognises it and leaves the gas price out of its observations; behind a
 * transport it is a source like any other, and a zero gas price is put in. All oracles of a feed should be alike.
 *
 * It also stands for the source that hosts from before May 2024 do not offer.
 */
export const zeroDataSource: DataSource = {
  observe: async () => 0n,
};
