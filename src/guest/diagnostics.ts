/** What a plugin reports of itself on every transport: its metrics, its services, and the runtime and process that it runs in. */
import { Diagnostics } from "../../proto/gen/loopp/v1/diagnostics_pb.ts";
import { collectRoutes } from "../../transports/calls/routes.ts";
import type { Routes } from "../../transports/connection.ts";
import { runtimeName, runtimeVersion } from "../values/platform.ts";
import type { MetricsRegistry } from "./metrics.ts";

export function diagnosticsRoutes(about: {
  metrics: MetricsRegistry;
  protocolVersion: number;
  /** The plugin's own services. */
  routes: Routes;
}): Routes {
  return (router) => {
    router.service(Diagnostics, {
      collectMetrics: ({ accept, others }) => about.metrics.collect(accept, others),
      describe: () => ({
        runtime: runtimeName,
        runtimeVersion,
        pid: process.pid,
        protocolVersion: about.protocolVersion,
        services: serviceNames(about.routes),
      }),
    });
  };
}

function serviceNames(routes: Routes): string[] {
  const names = [...collectRoutes(routes).values()].map(({ spec }) => spec.method.parent.typeName);
  return [...new Set(names)].sort();
}
