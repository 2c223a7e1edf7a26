/** A plugin's metrics, shared by all jobs of a product in one instance. */
import type { Metrics } from "../../../transports/plugin.ts";

/** Makes each metric once: asking for the same name again returns the existing metric. */
export function createSharedMetrics(metrics: Metrics): Metrics {
  const made = new Map<string, unknown>();
  const once = <Options extends { readonly name: string }, Metric>(
    options: Options,
    make: (options: Options) => Metric,
  ): Metric => {
    if (!made.has(options.name)) made.set(options.name, make(options));
    return made.get(options.name) as Metric;
  };
  return {
    counter: (options) => once(options, (given) => metrics.counter(given)),
    gauge: (options) => once(options, (given) => metrics.gauge(given)),
    histogram: (options) => once(options, (given) => metrics.histogram(given)),
  };
}
