/** The processor time of a plugin with its own thread, as every runtime reports it inside the thread. */
import { Counter, type Registry } from "prom-client";

export function collectThreadMetrics(registers: Registry[]): void {
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
