/** What a plugin with its own thread uses, as every runtime reports it inside the thread. */
import { getHeapStatistics } from "node:v8";
import { Counter, Gauge, type Registry } from "prom-client";

export function collectThreadMetrics(registers: Registry[]): void {
  new Gauge({
    name: "loopp_thread_heap_bytes",
    help: "JavaScript heap in use in the plugin's thread.",
    registers,
    collect() {
      this.set(getHeapStatistics().used_heap_size);
    },
  });
  new Counter({
    name: "loopp_thread_cpu_seconds_total",
    help: "User and system CPU time of the plugin's thread.",
    registers,
    collect() {
      const { user, system } = process.threadCpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
}
