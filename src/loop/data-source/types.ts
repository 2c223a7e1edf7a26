/** A number that the host observes for the median product: a price, or the cost of one fee coin. */
import type { CallOptions, ReportTimestamp } from "../types.ts";

export interface DataSource {
  observe(timestamp: ReportTimestamp, options?: CallOptions): Promise<bigint>;
}
