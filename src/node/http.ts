/** The node's HTTP server: discovery, metrics, plugins, health, the admin API and the page. */

import type { Logger } from "../../transports/plugin.ts";
import type { HostMetrics } from "../observability/host-metrics.ts";
import { createScraper } from "../observability/scrape.ts";
import type { Runtime } from "../runtime/create-runtime.ts";
import { createApp } from "../server/app.ts";
import type { HealthCheck, HealthSource } from "../server/health.ts";
import { type HttpServer, serveHttp } from "../server/serve.ts";
import { maskUrls } from "../settings/secrets.ts";
import { defined } from "../values/defined.ts";
import { errorText } from "../values/error-text.ts";
import { hostPort } from "../values/host-port.ts";
import type { NodeConfig } from "./config/types.ts";
import { createOrderLog } from "./order-log.ts";

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
  /** Gets a line for each order to a plugin, and the errors that a client is not told. */
  readonly log: Logger;
}

/** @throws Error when the server cannot listen, with one sentence that names the address */
export async function startHttp({
  config,
  runtime,
  metrics,
  foreign,
  components,
  ready,
  log,
}: NodeHttpOptions): Promise<HttpServer & AsyncDisposable> {
  const { host, port, hosts, discoveryHost, adminToken, adminLocal, maxConnections } = config.http;
  let listening: HttpServer | undefined;
  const app = createApp({
    runtime,
    metrics,
    ready: async () => (await ready()).map(withoutSecrets),
    components: async () => (await components()).map(withoutSecrets),
    ...defined({ adminToken }),
    adminLocal,
    hosts: discoveryHost === undefined ? hosts : [...hosts, discoveryHost],
    onOrder: createOrderLog(log),
    onError: (error, { method, url }) =>
      log.error("A request failed", { method, path: new URL(url).pathname, error: errorText(error) }),
    scraper: createScraper({
      metrics,
      onError: (plugin, error) => log.warn("The metrics of a plugin cannot be collected", { plugin, error }),
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
  const server = await serveHttp(app, { host, port, maxConnections });
  listening = server;
  return { host: server.host, port: server.port, close: server.close, [Symbol.asyncDispose]: server.close };
}

/** A check as clients may see it: a plugin's error about a chain's node or a database often has its URL. */
function withoutSecrets({ output, ...check }: HealthCheck): HealthCheck {
  return { ...check, output: maskUrls(output) };
}
