/** The gas price source of feeds whose contract sees the gas price itself. */
import type { DataSource } from "../../loop/data-source/types.ts";

/**
 * Always zero. A product in the same memory recognises it and leaves the gas price out of its observations; behind a
 * transport it is a source like any other, and a zero gas price is put in. All oracles of a feed should be alike.
 */
export const zeroDataSource: DataSource = {
  observe: async () => 0n,
};
