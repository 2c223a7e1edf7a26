/**
 * Prometheus's two text formats from one set of metrics. prom-client writes the format that its registry was made for, and when
 * it writes OpenMetrics it renames the counters for good; so there is a registry for each format, and the names are put back.
 */
import { AggregatorRegistry, Registry, type RegistryContentType } from "prom-client";
import { metricsTypeFor } from "./metrics-type.ts";

/** Metrics as sent over HTTP. */
export interface MetricsText {
  readonly contentType: string;
  readonly body: string;
}

export interface Exposition {
  /** The registries that every metric must be registered with. */
  readonly registers: Registry[];
  /**
   * @param accept the scraper's Accept header; OpenMetrics is answered to those that prefer it, and "application/json" is what `others` takes
   * @param others the same metrics of other threads: each metric says what is made of them, which is the sum where it says nothing
   */
  render(accept: string, others?: readonly string[]): Promise<MetricsText>;
}

const json = "application/json";

export function createExposition(): Exposition {
  const classic = new Registry<RegistryContentType>();
  classic.setContentType(Registry.PROMETHEUS_CONTENT_TYPE);
  const open = new Registry<RegistryContentType>();
  open.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  return {
    registers: [classic, open] as Registry[],
    async render(accept, others = []) {
      if (accept === json) return { contentType: json, body: JSON.stringify(await classic.getMetricsAsJSON()) };
      if (others.length > 0) return together([JSON.stringify(await classic.getMetricsAsJSON()), ...others], accept);
      const registry = metricsTypeFor(accept) === "text/plain" ? classic : open;
      const names = registry.getMetricsAsArray().map((metric) => ({ metric, name: metric.name }));
      // The renaming happens before the first await, so the names are put back before other code sees them.
      const body = registry.metrics();
      for (const { metric, name } of names) metric.name = name;
      return { contentType: registry.contentType, body: await body };
    },
  };
}

/** @param threads the metrics of each as JSON */
async function together(threads: readonly string[], accept: string): Promise<MetricsText> {
  const isOpen = metricsTypeFor(accept) !== "text/plain";
  const metrics = threads.map((thread) => JSON.parse(thread) as { name: string; readonly type: string }[]);
  // A counter of OpenMetrics has the end of its name with its values alone, and there prom-client puts it itself.
  if (isOpen)
    for (const metric of metrics.flat())
      if (metric.type === "counter") metric.name = metric.name.replace(/_total$/, "");
  const whole = AggregatorRegistry.aggregate<RegistryContentType>(metrics);
  whole.setContentType(isOpen ? Registry.OPENMETRICS_CONTENT_TYPE : Registry.PROMETHEUS_CONTENT_TYPE);
  return { contentType: whole.contentType, body: await whole.metrics() };
}
