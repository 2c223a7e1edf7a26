/**
 * Prometheus's two text formats from one set of metrics. prom-client writes the format that its registry was made for, and when
 * it writes OpenMetrics it renames the counters for good; so there is a registry for each format, and the names are put back.
 */
import { Registry, type RegistryContentType } from "prom-client";
import { metricsTypeFor } from "./metrics-type.ts";

/** Metrics as sent over HTTP. */
export interface MetricsText {
  readonly contentType: string;
  readonly body: string;
}

export interface Exposition {
  /** The registries that every metric must be registered with. */
  readonly registers: Registry[];
  /** @param accept the scraper's Accept header; OpenMetrics is answered to those that prefer it */
  render(accept: string): Promise<MetricsText>;
}

export function createExposition(): Exposition {
  const classic = new Registry<RegistryContentType>();
  classic.setContentType(Registry.PROMETHEUS_CONTENT_TYPE);
  const open = new Registry<RegistryContentType>();
  open.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  return {
    registers: [classic, open] as Registry[],
    async render(accept) {
      const registry = metricsTypeFor(accept) === "text/plain" ? classic : open;
      const names = registry.getMetricsAsArray().map((metric) => ({ metric, name: metric.name }));
      // The renaming happens before the first await, so the names are put back before other code sees them.
      const body = registry.metrics();
      for (const { metric, name } of names) metric.name = name;
      return { contentType: registry.contentType, body: await body };
    },
  };
}
