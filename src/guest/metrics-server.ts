/**
 * A plugin's metrics over HTTP, for hosts that fetch them from a port of the plugin, as Chainlink's nodes do. Nothing else is served
 * there. The plugin runs even if the port cannot be opened.
 */
import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline, Readable } from "node:stream";
import { ignore } from "../../transports/calls/iterables.ts";
import type { Logger } from "../../transports/plugin.ts";
import { createShareWork } from "../../transports/time/shared-work.ts";
import { createBoundedServer } from "../http/bounded-server.ts";
import { createHeldAnswers, holdUntilSent, pieceBytes, pieces } from "../http/held-answers.ts";
import { type MetricsType, metricsTypeFor } from "../metrics/metrics-type.ts";
import { errorText } from "../values/error-text.ts";
import { maxPort, parsePort } from "../values/port.ts";
import type { MetricsRegistry } from "./metrics.ts";
import type { MetricsAddress } from "./metrics-address.ts";

export interface MetricsServerOptions {
  /** How long a request may take to arrive, and a connection may be idle. @default 5000, as in Chainlink's own plugins */
  readonly readTimeoutMs?: number;
  /** How long an answer may take to be read. @default 30_000 */
  readonly answerMs?: number;
}

/**
 * Serves `GET /metrics` until the process ends.
 * @returns when the port is open, or could not be opened, which is logged
 */
export async function serveMetrics(
  { host, port }: MetricsAddress,
  metrics: Pick<MetricsRegistry, "collect">,
  log: Logger,
  { readTimeoutMs = 5000, answerMs = 30_000 }: MetricsServerOptions = {},
): Promise<void> {
  try {
    const server = createBoundedServer(
      {
        requestTimeout: readTimeoutMs,
        headersTimeout: readTimeoutMs,
        keepAliveTimeout: readTimeoutMs,
        connectionsCheckingInterval: 1000,
      },
      { maxConnections: 64, answerMs },
      createListener(metrics, log),
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

/** One collection is made at a time, and shared by all who ask for the same format meanwhile. */
function createListener(metrics: Pick<MetricsRegistry, "collect">, log: Logger): RequestListener {
  const share = createShareWork<{ readonly contentType: string; readonly body: Uint8Array<ArrayBuffer> }>();
  const held = createHeldAnswers();
  /** The error that was logged last, so that it is logged once and not for every request. */
  let told: string | undefined;

  async function collect(type: MetricsType) {
    const { contentType, body } = await metrics.collect(type);
    told = undefined;
    return { contentType, body: new TextEncoder().encode(body) };
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path] = (request.url ?? "").split("?");
    if (path !== "/metrics") return end(response, 404, "404 page not found\n");
    if (request.method !== "GET" && request.method !== "HEAD") return end(response, 405, "only GET is allowed here\n");
    const type = metricsTypeFor(request.headers.accept ?? "");
    try {
      const { contentType, body } = await share("metrics", type, () => collect(type));
      response.writeHead(200, { "content-type": contentType, "content-length": body.length });
      if (body.length <= pieceBytes || request.method === "HEAD") return void response.end(body);
      holdUntilSent(held, body, request.socket, response);
      pipeline(Readable.from(pieces(body)), response, ignore);
    } catch (error) {
      // Its message may hold anything, secrets included: it is for the log.
      if (told !== errorText(error)) log.error("Cannot collect the metrics", { error });
      told = errorText(error);
      end(response, 500, "Cannot collect the plugin's metrics: its log says why\n");
    }
  }

  return (request, response) => void answer(request, response);
}

/** For HEAD, the runtime leaves out the body. */
function end(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, {
    "content-type": "text/plain; charset=utf-8",
    "content-length": Buffer.byteLength(body),
  });
  response.end(body);
}
