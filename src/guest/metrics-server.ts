/**
 * A plugin's metrics over HTTP, for hosts that fetch them from a port of the plugin, as Chainlink's nodes do. Nothing else is served
 * there. The plugin runs even if the port cannot be opened.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Logger } from "../../transports/plugin.ts";
import { maxPort, parsePort } from "../values/port.ts";
import type { MetricsRegistry } from "./metrics.ts";
import type { MetricsAddress } from "./metrics-address.ts";

/**
 * Serves `GET /metrics` until the process ends.
 * @param options.readTimeoutMs how long a request may take to arrive, and a connection may be idle. Default 5000, as in
 *   Chainlink's own plugins
 * @returns when the port is open, or could not be opened, which is logged
 */
export async function serveMetrics(
  { host, port }: MetricsAddress,
  metrics: Pick<MetricsRegistry, "collect">,
  log: Logger,
  { readTimeoutMs = 5000 }: { readonly readTimeoutMs?: number } = {},
): Promise<void> {
  try {
    const server = createServer(
      {
        requestTimeout: readTimeoutMs,
        headersTimeout: readTimeoutMs,
        keepAliveTimeout: readTimeoutMs,
        connectionsCheckingInterval: 1000,
      },
      (request, response) => void answer(request, response, metrics, log),
    );
    server.setTimeout(readTimeoutMs);
    await listen(server, host, portNumber(port));
    // A connection that fails is lost, the server goes on.
    server.on("error", (error) => log.warn("The metrics server had an error", { error }));
    server.unref();
    log.debug("Serves metrics", { host, port: (server.address() as AddressInfo).port });
  } catch (error) {
    log.error("Cannot serve metrics", { host, port, error });
  }
}

function portNumber(text: string): number {
  const port = parsePort(text, 0);
  if (port !== undefined) return port;
  throw new RangeError(`CL_PROMETHEUS_PORT is ${JSON.stringify(text)}, it must be a whole number from 0 to ${maxPort}`);
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  metrics: Pick<MetricsRegistry, "collect">,
  log: Logger,
): Promise<void> {
  const [path] = (request.url ?? "").split("?");
  if (path !== "/metrics") return end(response, 404, "404 page not found\n");
  if (request.method !== "GET" && request.method !== "HEAD") return end(response, 405, "only GET is allowed here\n");
  try {
    const { contentType, body } = await metrics.collect(request.headers.accept ?? "");
    end(response, 200, body, contentType);
  } catch (error) {
    log.error("Cannot collect the metrics", { error });
    end(response, 500, "Cannot collect the plugin's metrics: its log says why\n");
  }
}

/** For HEAD, the runtime leaves out the body. */
function end(response: ServerResponse, status: number, body: string, contentType = "text/plain; charset=utf-8"): void {
  response.writeHead(status, { "content-type": contentType, "content-length": Buffer.byteLength(body) });
  response.end(body);
}
