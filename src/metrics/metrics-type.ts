import { preferredType } from "../http/accept.ts";

/** The media type of each of Prometheus's two text formats. */
export type MetricsType = "text/plain" | "application/openmetrics-text";

/** Which format a scraper's Accept header prefers. */
export function metricsTypeFor(accept: string): MetricsType {
  return preferredType(accept, ["text/plain", "application/openmetrics-text"]);
}
