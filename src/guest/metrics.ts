/**
 * A plugin's metrics: one set for each instance. prom-client is loaded when the first metric is made or the metrics are collected, so
 * that the start of a plugin without metrics does not wait for it.
 */
import type { GuestSetup } from "../../transports/guest.ts";
import type { Counter, Gauge, Histogram, MetricOptions, Metrics } from "../../transports/plugin.ts";
import type { Application } from "../metrics/application-metrics.ts";
import type { CallTally } from "../metrics/call-tally.ts";
import type { Exposition, MetricsText } from "../metrics/exposition.ts";

export interface MetricsRegistry extends Metrics {
  /**
   * @param accept the scraper's Accept header; OpenMetrics is answered to those that ask for it
   * @param others metrics of the plugin's other threads, as they are collected by "application/json"
   * @throws Error for a metric that was declared wrongly: its name is not valid or taken, or a label is not valid
   */
  collect(accept: string, others?: readonly string[]): Promise<MetricsText>;
}

type Loaded = { readonly prom: typeof import("prom-client"); readonly exposition: Exposition };

/**
 * @param calls what becomes the `grpc_server_*` metrics, and what the plugin calls at the host, the `grpc_client_*` metrics
 * @param setup whether the plugin has its own process or its own thread, and so metrics of it
 */
export function createMetrics(
  calls: { readonly answered: CallTally; readonly made: CallTally },
  { ownProcess, ownThread }: Pick<GuestSetup, "ownProcess" | "ownThread">,
  application: Application,
): MetricsRegistry {
  let loading: Promise<Loaded> | undefined;
  /** Errors of metrics. They do not end the plugin, but fail the collection. */
  const problems: Promise<unknown>[] = [];

  function load(): Promise<Loaded> {
    loading ??= (async () => {
      const [prom, { createExposition }, { collectCallMetrics }, { collectApplicationMetrics }] = await Promise.all([
        import("prom-client"),
        import("../metrics/exposition.ts"),
        import("../metrics/call-metrics.ts"),
        import("../metrics/application-metrics.ts"),
      ]);
      const exposition = createExposition();
      collectApplicationMetrics(exposition.registers, application);
      collectCallMetrics("fromHost", exposition.registers, () => [{ labels: {}, tally: calls.answered }]);
      collectCallMetrics("toHost", exposition.registers, () => [{ labels: {}, tally: calls.made }]);
      if (ownProcess) (await import("../metrics/process-metrics.ts")).collectProcessMetrics(exposition.registers);
      if (ownProcess || ownThread) {
        (await import("../metrics/runtime-metrics.ts")).collectRuntimeMetrics(exposition.registers);
      }
      if (ownThread) (await import("../metrics/thread-metrics.ts")).collectThreadMetrics(exposition.registers);
      return { prom, exposition };
    })();
    return loading;
  }

  /** A metric may be used at once: uses before prom-client is loaded are applied then, in the same order. */
  function lazily<M>(make: (loaded: Loaded) => M): (use: (metric: M) => void) => void {
    let metric: M | undefined;
    const made = load().then((loaded) => {
      metric = make(loaded);
      return metric;
    });
    problems.push(
      made.then(
        () => undefined,
        (error: unknown) => error,
      ),
    );
    return (use) => {
      if (metric !== undefined) use(metric);
      else void made.then(use, () => undefined);
    };
  }

  return {
    counter<Label extends string>(options: MetricOptions<Label>): Counter<Label> {
      const use = lazily(({ prom, exposition }) => new prom.Counter(configOf(options, exposition)));
      return { inc: (labels, by = 1) => use((metric) => metric.inc({ ...labels }, by)) };
    },
    gauge<Label extends string>(options: MetricOptions<Label>): Gauge<Label> {
      const use = lazily(({ prom, exposition }) => new prom.Gauge(configOf(options, exposition)));
      return { set: (value, labels) => use((metric) => metric.set({ ...labels }, value)) };
    },
    histogram<Label extends string>(
      options: MetricOptions<Label> & { readonly buckets?: readonly number[] },
    ): Histogram<Label> {
      const buckets = options.buckets === undefined ? {} : { buckets: [...options.buckets] };
      const use = lazily(
        ({ prom, exposition }) => new prom.Histogram({ ...configOf(options, exposition), ...buckets }),
      );
      return { observe: (value, labels) => use((metric) => metric.observe({ ...labels }, value)) };
    },
    async collect(accept, others) {
      const { exposition } = await load();
      for (const problem of await Promise.all(problems)) if (problem !== undefined) throw problem;
      return exposition.render(accept, others);
    },
  };
}

function configOf<Label extends string>({ name, help, labels = [] }: MetricOptions<Label>, { registers }: Exposition) {
  return { name, help, labelNames: [...labels], registers };
}
