/**
 * The node's own metrics: how its plugins are, how often they had to be started again, how long their scrapes took, and the
 * `process_*` of the node. A registry of its own, so that an embedder's metrics and these do not meet.
 */
import { Counter, Gauge, Histogram } from "prom-client";
import { createExposition, type MetricsText } from "../guest/exposition.ts";
import { collectProcessMetrics } from "../guest/process-metrics.ts";
import type { PluginStatus } from "../runtime/plugin-handle.ts";
import type { PluginState, StateChange } from "../runtime/states.ts";

/** Why a scrape brought no metrics: see {@link import("./scrape.ts").ScrapeOutcome}. */
export type ScrapeFailure = "down" | "too-slow" | "failed";

export interface HostMetrics {
  /** Give it to the runtime as `onState`: restarts are counted from what it is told. */
  observeState(change: StateChange): void;
  /** @param failure why there were no metrics; none for a scrape that brought some */
  observeScrape(plugin: string, seconds: number, failure?: ScrapeFailure): void;
  /**
   * Everything, as text.
   * @param accept the scraper's Accept header; OpenMetrics is answered to those that ask for it
   * @param plugins how the plugins are now; metrics of plugins that are not among them are forgotten
   */
  collect(accept: string, plugins: Iterable<PluginStatus>): Promise<MetricsText>;
}

const states: readonly PluginState[] = [
  "stopped",
  "starting",
  "ready",
  "degraded",
  "stopping",
  "backing-off",
  "failed",
];

export function createHostMetrics(): HostMetrics {
  const { registers, render } = createExposition();
  collectProcessMetrics(registers);
  const state = new Gauge({
    name: "loopp_plugin_state",
    help: "1 for the state that the plugin is in, 0 for the others.",
    labelNames: ["plugin", "state"],
    registers,
  });
  const generation = new Gauge({
    name: "loopp_plugin_generation",
    help: "Number of the plugin's latest life; 0 before the first.",
    labelNames: ["plugin"],
    registers,
  });
  const startTime = new Gauge({
    name: "loopp_plugin_start_time_seconds",
    help: "When the plugin's present life became ready, since unix epoch in seconds; absent while there is none.",
    labelNames: ["plugin"],
    registers,
  });
  const restarts = new Counter({
    name: "loopp_plugin_restarts_total",
    help: "Restarts after an end that nobody asked for, by the reason of that end.",
    labelNames: ["plugin", "reason"],
    registers,
  });
  const scrapeDuration = new Histogram({
    name: "loopp_plugin_scrape_duration_seconds",
    help: "How long it took to collect the plugin's metrics.",
    labelNames: ["plugin"],
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10],
    registers,
  });
  const scrapeFailures = new Counter({
    name: "loopp_plugin_scrape_failures_total",
    help: "Scrapes of the plugin that brought no metrics.",
    labelNames: ["plugin", "reason"],
    registers,
  });

  /** Why each plugin that is to be started again ended. */
  const ends = new Map<string, string>();
  /** The lives that were seen, with the time at which they became ready, or were first seen. */
  const lives = new Map<string, { generation: number; seconds: number }>();
  /** Label values that counters were given, so that they can be taken away with the plugin. */
  const reasons = new Map<string, Set<string>>();

  function count(counter: Counter<"plugin" | "reason">, plugin: string, reason: string): void {
    counter.inc({ plugin, reason });
    const known = reasons.get(plugin) ?? new Set();
    reasons.set(plugin, known.add(reason));
  }

  function forget(plugin: string): void {
    for (const reason of reasons.get(plugin) ?? []) {
      restarts.remove({ plugin, reason });
      scrapeFailures.remove({ plugin, reason });
    }
    scrapeDuration.remove({ plugin });
    for (const map of [reasons, lives, ends]) map.delete(plugin);
  }

  function show(status: PluginStatus): void {
    const plugin = status.name;
    for (const one of states) state.set({ plugin, state: one }, one === status.state ? 1 : 0);
    generation.set({ plugin }, status.generation);
    if (status.state !== "ready" && status.state !== "degraded") return;
    const seen = lives.get(plugin);
    // A switch brings a new life without a change of state: its time is the one at which it was first seen.
    const life =
      seen?.generation === status.generation ? seen : { generation: status.generation, seconds: Date.now() / 1000 };
    lives.set(plugin, life);
    startTime.set({ plugin }, life.seconds);
  }

  return {
    observeState({ plugin, from, to, generation, exit }) {
      if (!reasons.has(plugin)) reasons.set(plugin, new Set());
      if (to === "backing-off") ends.set(plugin, exit?.reason ?? "launch-failed");
      if (to === "starting" && from === "backing-off") count(restarts, plugin, ends.get(plugin) ?? "crashed");
      if (to === "ready" && from === "starting") lives.set(plugin, { generation, seconds: Date.now() / 1000 });
    },
    observeScrape(plugin, seconds, failure) {
      if (!reasons.has(plugin)) reasons.set(plugin, new Set());
      scrapeDuration.observe({ plugin }, seconds);
      if (failure !== undefined) count(scrapeFailures, plugin, failure);
    },
    collect(accept, plugins) {
      const present = new Map(Array.from(plugins, (status) => [status.name, status]));
      for (const name of [...reasons.keys()]) if (!present.has(name)) forget(name);
      for (const gauge of [state, generation, startTime]) gauge.reset();
      for (const status of present.values()) show(status);
      return render(accept);
    },
  };
}
