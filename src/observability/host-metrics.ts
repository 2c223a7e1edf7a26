/**
 * The node's own metrics: the state of its plugins, how often they were restarted, what they use, the calls to them, how long their
 * scrapes took, and the `process_*` of the node. They have their own registry, separate from an embedder's. Restarts and scrapes are
 * there with 0 from the first collection on: a counter that begins at 1 shows no increase.
 */
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { collectApplicationMetrics } from "../metrics/application-metrics.ts";
import { collectCallMetrics } from "../metrics/call-metrics.ts";
import { type CallTally, createCallTally } from "../metrics/call-tally.ts";
import { createExposition, type MetricsText } from "../metrics/exposition.ts";
import { collectProcessMetrics } from "../metrics/process-metrics.ts";
import { collectRuntimeMetrics } from "../metrics/runtime-metrics.ts";
import type { CallObserver, ObservedCall } from "../runtime/observed-calls.ts";
import type { PluginStatus } from "../runtime/plugin-handle.ts";
import type { PluginState, StateChange } from "../runtime/states.ts";
import { readProcessUsage } from "./process-usage.ts";

/** Why a scrape returned no metrics: see {@link import("./scrape.ts").ScrapeOutcome}. */
export type ScrapeFailure = "down" | "too-slow" | "failed";

export interface HostMetrics {
  /** Where further metrics of the host are registered, to be collected with these. */
  readonly registers: Registry[];
  /** Pass it to the runtime as `onState`: restarts are counted from the changes. */
  observeState(change: StateChange): void;
  /** Pass it to the runtime as `onCall`. */
  readonly observeCall: CallObserver;
  /** @param failure why there were no metrics; absent for a scrape that returned some */
  observeScrape(plugin: string, seconds: number, failure?: ScrapeFailure): void;
  /**
   * Everything, as text.
   * @param accept the scraper's Accept header; OpenMetrics is answered to those that ask for it
   * @param plugins the present status of the plugins; metrics of all others are removed
   */
  collect(accept: string, plugins: Iterable<PluginStatus>): Promise<MetricsText>;
}

export interface HostMetricsOptions {
  /** Of the program that hosts the plugins. @default "unset" */
  readonly version?: string;
  /** Of its source. @default "unset" */
  readonly commit?: string;
  /** Whether the host's services beside its plugins are well, by the names of their health checks. @default none */
  readonly health?: () => Promise<Iterable<readonly [service: string, isWell: boolean]>>;
}

/** The calls to one plugin, and what counts those of each method. */
interface PluginCalls {
  readonly tally: CallTally;
  readonly methods: WeakMap<ObservedCall, { begin(): void; readonly end: NonNullable<ReturnType<CallObserver>> }>;
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

/** The ends that a restart may follow; the last is a launch that failed. */
const restartReasons = [
  "clean",
  "exited",
  "crashed",
  "killed",
  "out-of-memory",
  "unresponsive",
  "protocol-error",
  "launch-failed",
] as const;

const scrapeFailureReasons: readonly ScrapeFailure[] = ["down", "too-slow", "failed"];

export function createHostMetrics({ version, commit, health = async () => [] }: HostMetricsOptions = {}): HostMetrics {
  const { registers, render } = createExposition();
  /** The plugins that this collection is about. */
  let present: ReadonlyMap<string, PluginStatus> = new Map();
  collectApplicationMetrics(registers, {
    ...{ version, commit, startedAt: performance.now() },
    health: async () => [
      ...(await health()),
      ...Array.from(present.values(), ({ name, state }) => [`plugins.${name}`, state === "ready"] as const),
    ],
  });
  collectProcessMetrics(registers);
  collectRuntimeMetrics(registers);
  const calls = new Map<string, PluginCalls>();
  collectCallMetrics("toPlugin", registers, function* () {
    for (const [plugin, { tally }] of calls) yield { labels: { plugin }, tally };
  });
  const gauge = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Gauge({ name, help, labelNames, registers });
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Counter({ name, help, labelNames, registers });

  const info = gauge("loopp_plugin_info", "1, with the transport that the plugin is on.", "plugin", "transport");
  const state = gauge(
    "loopp_plugin_state",
    "1 for the state that the plugin is in, 0 for the others.",
    "plugin",
    "state",
  );
  const generation = gauge(
    "loopp_plugin_generation",
    "Number of the plugin's latest instance; 0 before the first.",
    "plugin",
  );
  const startTime = gauge(
    "loopp_plugin_start_time_seconds",
    "When the plugin's current instance became ready, since unix epoch in seconds; absent while there is none.",
    "plugin",
  );
  const nextStart = gauge(
    "loopp_plugin_next_start_time_seconds",
    "When the plugin is restarted, since unix epoch in seconds; absent unless it is backing off.",
    "plugin",
  );
  const memory = gauge(
    "loopp_plugin_memory_bytes",
    "Resident memory of the plugin's process; absent for a plugin without its own process.",
    "plugin",
  );
  const cpu = counter(
    "loopp_plugin_cpu_seconds_total",
    "User and system CPU time of the current instance's process; absent for a plugin without its own process.",
    "plugin",
  );
  const restarts = counter(
    "loopp_plugin_restarts_total",
    "Restarts after an unexpected end, by the reason of that end.",
    "plugin",
    "reason",
  );
  const scrapeFailures = counter(
    "loopp_plugin_scrape_failures_total",
    "Scrapes of the plugin that returned no metrics, by reason.",
    "plugin",
    "reason",
  );
  const scrapeDuration = new Histogram({
    name: "loopp_plugin_scrape_duration_seconds",
    help: "How long it took to collect the plugin's metrics.",
    labelNames: ["plugin"],
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10],
    registers,
  });

  /** Plugins that have metrics. */
  const known = new Set<string>();
  /** Why each plugin that is backing off ended. */
  const endReasons = new Map<string, string>();
  /** When each plugin's instance became ready, or was first seen. */
  const readyTimes = new Map<string, { generation: number; seconds: number }>();

  function know(plugin: string): void {
    if (known.has(plugin)) return;
    known.add(plugin);
    for (const reason of restartReasons) restarts.inc({ plugin, reason }, 0);
    for (const reason of scrapeFailureReasons) scrapeFailures.inc({ plugin, reason }, 0);
    scrapeDuration.zero({ plugin });
  }

  function forget(plugin: string): void {
    for (const reason of restartReasons) restarts.remove({ plugin, reason });
    for (const reason of scrapeFailureReasons) scrapeFailures.remove({ plugin, reason });
    scrapeDuration.remove({ plugin });
    known.delete(plugin);
    for (const map of [calls, readyTimes, endReasons]) map.delete(plugin);
  }

  function show(status: PluginStatus): void {
    const plugin = status.name;
    know(plugin);
    info.set({ plugin, transport: status.transport }, 1);
    for (const one of states) state.set({ plugin, state: one }, one === status.state ? 1 : 0);
    generation.set({ plugin }, status.generation);
    if (status.nextStart !== undefined) nextStart.set({ plugin }, Date.parse(status.nextStart) / 1000);
    const usage = status.pid === undefined ? undefined : readProcessUsage(status.pid);
    if (usage !== undefined) {
      memory.set({ plugin }, usage.residentBytes);
      cpu.inc({ plugin }, usage.cpuSeconds);
    }
    if (status.state !== "ready" && status.state !== "degraded") return;
    const seen = readyTimes.get(plugin);
    // A switch replaces the instance without a change of state: its time is the one at which it was first seen.
    const ready =
      seen?.generation === status.generation ? seen : { generation: status.generation, seconds: Date.now() / 1000 };
    readyTimes.set(plugin, ready);
    startTime.set({ plugin }, ready.seconds);
  }

  return {
    registers,
    observeState({ plugin, from, to, generation, exit }) {
      know(plugin);
      if (to === "backing-off") endReasons.set(plugin, exit?.reason ?? "launch-failed");
      if (to === "starting" && from === "backing-off") {
        restarts.inc({ plugin, reason: endReasons.get(plugin) ?? "crashed" });
      }
      if (to === "ready" && from === "starting") readyTimes.set(plugin, { generation, seconds: Date.now() / 1000 });
    },
    observeCall(call) {
      const { plugin } = call;
      let known = calls.get(plugin);
      if (known === undefined) {
        know(plugin);
        known = { tally: createCallTally(), methods: new WeakMap() };
        calls.set(plugin, known);
      }
      let method = known.methods.get(call);
      if (method === undefined) {
        const counter = known.tally.of(call);
        method = { begin: counter.begin, end: (error, tookMs) => counter.end(tookMs, error?.code) };
        known.methods.set(call, method);
      }
      method.begin();
      return method.end;
    },
    observeScrape(plugin, seconds, failure) {
      know(plugin);
      scrapeDuration.observe({ plugin }, seconds);
      if (failure !== undefined) scrapeFailures.inc({ plugin, reason: failure });
    },
    collect(accept, plugins) {
      present = new Map(Array.from(plugins, (status) => [status.name, status]));
      for (const name of known) if (!present.has(name)) forget(name);
      for (const metric of [info, state, generation, startTime, nextStart, memory, cpu]) metric.reset();
      for (const status of present.values()) show(status);
      return render(accept);
    },
  };
}
