/**
 * `health`, `uptime_seconds` and `version`, under the names and labels that Chainlink's nodes and plugins have, for their dashboards.
 * They are gauges on purpose: in the format that Prometheus prefers a counter's name ends in `_total`, and those dashboards ask for the
 * names without it.
 */
import { Gauge, type Registry } from "prom-client";

export interface Application {
  /** Such as "0.1.0". @default "unset", as in Chainlink's programs */
  readonly version?: string | undefined;
  /** Of its source. @default "unset" */
  readonly commit?: string | undefined;
  /** When it started, by `performance.now()`. */
  readonly startedAt: number;
  /** Each of its services and whether it is well; asked at every collection. */
  health(): Services | Promise<Services>;
}

type Services = Iterable<readonly [service: string, isWell: boolean]>;

export function collectApplicationMetrics(registers: Registry[], application: Application): void {
  const { version = "unset", commit = "unset", startedAt } = application;
  new Gauge({
    name: "version",
    help: "1, with the version of the program and the commit that it was made of.",
    labelNames: ["version", "commit"],
    aggregator: "first",
    registers,
  }).set({ version, commit }, 1);
  new Gauge({
    name: "uptime_seconds",
    help: "Time since the program started.",
    aggregator: "max",
    registers,
    collect() {
      this.set((performance.now() - startedAt) / 1000);
    },
  });
  new Gauge({
    name: "health",
    help: "1 for each service that is well, 0 for each that is not, by the names of the health checks.",
    labelNames: ["service_id"],
    aggregator: "min",
    registers,
    async collect() {
      const services = await application.health();
      this.reset();
      for (const [service, isWell] of services) this.set({ service_id: service }, isWell ? 1 : 0);
    },
  });
}
