/**
 * A plugin's metrics: one registry for each life. prom-client is loaded when the first metric is made or the registry is
 * asked, so that a plugin without metrics does not pay for it.
 */
import type { Registry, RegistryContentType } from "prom-client";
import type { Counter, Gauge, Histogram, MetricOptions, Metrics } from "../../transports/plugin.ts";

export interface MetricsRegistry extends Metrics {
  /** @param accept the scraper's Accept header; OpenMetrics is answered to those that ask for it */
  collect(accept: string): Promise<{ contentType: string; body: string }>;
}

type PromClient = typeof import("prom-client");

interface Loaded {
  readonly prom: PromClient;
  readonly registry: Registry<RegistryContentType>;
}

/** @param ownProcess adds `process_*` and runtime metrics, which would be the host's own where the plugin has no process */
export function createMetrics(ownProcess: boolean): MetricsRegistry {
  let loading: Promise<Loaded> | undefined;
  const load = () => {
    loading ??= import("prom-client").then((prom) => {
      const registry = new prom.Registry<RegistryContentType>();
      if (ownProcess) collectProcessMetrics(prom, registry);
      return { prom, registry };
    });
    return loading;
  };

  /** Applies to the metric once it is there, in the order of the calls. */
  function lazily<M>(make: (loaded: Loaded) => M): (use: (metric: M) => void) => void {
    let metric: M | undefined;
    const made = load().then((loaded) => {
      metric = make(loaded);
      return metric;
    });
    // A metric with a wrong name or a wrong label must not end the plugin; the collection tells of it.
    const failures = made.then(
      () => undefined,
      (error: unknown) => error,
    );
    problems.push(failures);
    return (use) => {
      if (metric !== undefined) use(metric);
      else void made.then(use, () => undefined);
    };
  }
  const problems: Promise<unknown>[] = [];

  return {
    counter<Label extends string>(options: MetricOptions<Label>): Counter<Label> {
      const use = lazily(({ prom, registry }) => new prom.Counter({ ...config(options), registers: [registry] }));
      return { inc: (labels, by = 1) => use((metric) => metric.inc({ ...labels }, by)) };
    },
    gauge<Label extends string>(options: MetricOptions<Label>): Gauge<Label> {
      const use = lazily(({ prom, registry }) => new prom.Gauge({ ...config(options), registers: [registry] }));
      return { set: (value, labels) => use((metric) => metric.set({ ...labels }, value)) };
    },
    histogram<Label extends string>(
      options: MetricOptions<Label> & { readonly buckets?: readonly number[] },
    ): Histogram<Label> {
      const use = lazily(
        ({ prom, registry }) =>
          new prom.Histogram({
            ...config(options),
            ...(options.buckets === undefined ? {} : { buckets: [...options.buckets] }),
            registers: [registry],
          }),
      );
      return { observe: (value, labels) => use((metric) => metric.observe({ ...labels }, value)) };
    },
    async collect(accept) {
      const { prom, registry } = await load();
      for (const problem of await Promise.all(problems)) if (problem !== undefined) throw problem;
      const openMetrics = accept.includes("application/openmetrics-text");
      registry.setContentType(
        openMetrics ? prom.Registry.OPENMETRICS_CONTENT_TYPE : prom.Registry.PROMETHEUS_CONTENT_TYPE,
      );
      return { contentType: registry.contentType, body: await registry.metrics() };
    },
  };
}

function config<Label extends string>(
  options: MetricOptions<Label>,
): { name: string; help: string; labelNames: Label[] } {
  return { name: options.name, help: options.help, labelNames: [...(options.labels ?? [])] };
}

function collectProcessMetrics(prom: PromClient, registry: Registry<RegistryContentType>): void {
  const register = [registry];
  new prom.Gauge({
    name: "process_start_time_seconds",
    help: "Start time of the process since unix epoch in seconds.",
    registers: register,
  }).set(Math.round(Date.now() / 1000 - process.uptime()));
  new prom.Gauge({
    name: "process_resident_memory_bytes",
    help: "Resident memory size in bytes.",
    registers: register,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  new prom.Counter({
    name: "process_cpu_seconds_total",
    help: "Total user and system CPU time spent in seconds.",
    registers: register,
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
}
