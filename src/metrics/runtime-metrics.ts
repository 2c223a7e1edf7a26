/**
 * What a JavaScript thread is doing: how late its event loop is, its heap, and its garbage collections, under the names of prom-client's
 * default metrics where they say the same. prom-client's own are not used: their lag is that since the last scrape by any scraper, and on
 * Deno it sees no block of the loop; they count one garbage collection of several; and they show 0 for what a runtime does not report.
 */
import { type PerformanceEntry, PerformanceObserver } from "node:perf_hooks";
import { setInterval } from "node:timers";
import { Gauge, Histogram, type Registry } from "prom-client";

/** A block of the loop is measured too short by this time at most. */
const tickMs = 100;

/** How long the thread is watched after a collection: metrics that are not asked for cost nothing. */
const watchedMs = 300_000;

export function collectRuntimeMetrics(registers: Registry[]): void {
  let isWatched = false;
  let watchedUntil = 0;
  const observeLag = lagMetric(registers, () => {
    watchedUntil = performance.now() + watchedMs;
    if (!isWatched) watch();
  });
  const watchCollections = tellsOfCollections ? collectionsMetric(registers) : () => () => {};
  collectHeap(registers);

  function watch(): void {
    isWatched = true;
    const endCollections = watchCollections();
    let expected = performance.now() + tickMs;
    const timer = setInterval(() => {
      const now = performance.now();
      observeLag(Math.max(0, now - expected) / 1000);
      expected = now + tickMs;
      if (now < watchedUntil) return;
      clearInterval(timer);
      endCollections();
      isWatched = false;
    }, tickMs);
    timer.unref();
  }
}

/** @param onCollect called at every collection */
function lagMetric(registers: Registry[], onCollect: () => void): (seconds: number) => void {
  const lag = new Histogram({
    name: "loopp_event_loop_lag_seconds",
    help: "How late the timers of the thread's event loop were, measured ten times a second from the first scrape on.",
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
    collect: onCollect,
  });
  lag.zero({});
  return (seconds) => lag.observe(seconds);
}

function collectHeap(registers: Registry[]): void {
  // In a thread, every runtime tells the thread's own; Bun the heap in use as of its last collection. What `node:v8` says of the heap Bun
  // has to walk through it for, for tens of milliseconds.
  new Gauge({
    name: "nodejs_heap_size_used_bytes",
    help: "JavaScript heap in use in the thread.",
    registers,
    collect() {
      this.set(process.memoryUsage().heapUsed);
    },
  });
  new Gauge({
    name: "nodejs_external_memory_bytes",
    help: "Memory outside the JavaScript heap that objects in it hold, such as buffers.",
    registers,
    collect() {
      this.set(process.memoryUsage().external);
    },
  });
}

/** Whether the runtime reports garbage collections: only Node does. */
const tellsOfCollections = !("bun" in process.versions || "deno" in process.versions);

/** By `perf_hooks.constants.NODE_PERFORMANCE_GC_*`. */
const collectionKinds: ReadonlyMap<unknown, string> = new Map([
  [1, "minor"],
  [4, "major"],
  [8, "incremental"],
  [16, "weakcb"],
]);

/** @returns begins to observe, and returns what ends that */
function collectionsMetric(registers: Registry[]): () => () => void {
  const durations = new Histogram({
    name: "nodejs_gc_duration_seconds",
    help: "Duration of garbage collections in the thread, by kind.",
    labelNames: ["kind"],
    buckets: [0.001, 0.01, 0.1, 1, 2, 5],
    registers,
  });
  for (const kind of collectionKinds.values()) durations.zero({ kind });
  return () => {
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & { detail?: { kind?: number } })[]) {
        const kind = collectionKinds.get(entry.detail?.kind);
        if (kind !== undefined) durations.observe({ kind }, entry.duration / 1000);
      }
    });
    observer.observe({ entryTypes: ["gc"] });
    return () => observer.disconnect();
  };
}
