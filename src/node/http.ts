/** The node's HTTP server: discovery, metrics, plugins, health, the admin API and the page. */

import type { HostMetrics } from "../observability/host-metrics.ts";
import { createScraper } from "../observability/scrape.ts";
import type { Runtime } from "../runtime/create-runtime.ts";
import { createApp } from "../server/app.ts";
import type { HealthSource } from "../server/health.ts";
import { type HttpServer, serveHttp } from "../server/serve.ts";
import { hostPort } from "../values/host-port.ts";
import type { NodeConfig } from "./config/types.ts";

export interface NodeHttpOptions {
  readonly config: NodeConfig;
  readonly runtime: Runtime;
  readonly metrics: HostMetrics;
  /** The plugins that serve their metrics over HTTP. */
  readonly foreign: ReadonlyMap<string, { readonly metricsPort: number }>;
  /** The health of plugins' parts, as the plugins report it. */
  readonly components: HealthSource;
  /** What is not ready though its plugins are. */
  readonly ready: HealthSource;
}

/** @throws Error when the server cannot listen, with one sentence that names the address */
export async function startHttp({
  config,
  runtime,
  metrics,
  foreign,
  components,
  ready,
}: NodeHttpOptions): Promise<HttpServer & AsyncDisposable> {
  const { host, port, discoveryHost } = config.http;
  let listening: HttpServer | undefined;
  const app = createApp({
    runtime,
    metrics,
    components,
    ready,
    scraper: createScraper({
      metrics,
      scrapeOf(plugin) {
        const served = foreign.get(plugin);
        return served === undefined
          ? { kind: "rpc" }
          : { kind: "http", url: `http://${hostPort(config.loop.metricsHost, served.metricsPort)}/metrics` };
      },
    }),
    discovery: {
      address: () => listening?.host ?? host,
      port: () => listening?.port ?? port,
      ...(discoveryHost === undefined ? {} : { host: discoveryHost }),
    },
  });
  const server = await serveHttp(app, { host, port });
  listening = server;
  return { host: server.host, port: server.port, close: server.close, [Symbol.asyncDispose]: server.close };
}
