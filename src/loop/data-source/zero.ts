/** The gas price source of feeds whose contract reads the gas price itself. */
import type { DataSource } from "./types.ts";

/**
 * Always zero. A median plugin that shares the host's memory recognises this object and leaves the gas price out of its
 * observations. Behind a transport it is an ordinary source, and observations carry a gas price of zero. All oracles of a
 * feed should do the same.
 *
 * It also replaces the source that hosts from before May 2024 do not offer.
 */
export const zeroDataSource: DataSource = {
  observe: async () => 0n,
};
