/** The node's HTTP interface as one Hono app: give it to {@link import("./serve.ts").serveHttp}, or mount it in another app. */
import { type Context, Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { methodNotAllowed } from "hono/method-not-allowed";
import type { HostMetrics } from "../observability/host-metrics.ts";
import type { Scraper } from "../observability/scrape.ts";
import type { Runtime } from "../runtime/create-runtime.ts";
import { errorText } from "../values/error-text.ts";
import { printable } from "../values/printable.ts";
import { adminRoutes } from "./admin.ts";
import { refuse } from "./answers.ts";
import { type DiscoveryOptions, discoveryRoutes } from "./discovery.ts";
import { type HealthSource, healthRoutes } from "./health.ts";
import { metricsRoutes } from "./metrics.ts";
import { pageRoutes } from "./page.ts";
import { pluginRoutes } from "./plugins.ts";

export interface AppOptions {
  readonly runtime: Runtime;
  /** Pass its `observeState` and `observeCall` to the runtime. */
  readonly metrics: HostMetrics;
  readonly scraper: Scraper;
  readonly discovery: DiscoveryOptions;
  /** Checks for `GET /health` beside those of the plugins. */
  readonly health?: HealthSource;
  /** What plugins report of their parts, for `GET /health`, which answers 207 where only these fail. */
  readonly components?: HealthSource;
  /** Checks for `GET /readyz` beside those of the plugins. */
  readonly ready?: HealthSource;
  /** Lets requests from other machines use the admin API. @default only this machine may */
  readonly adminToken?: string;
  /** How long a scrape may take if the scraper names no limit, in milliseconds. @default 5000 */
  readonly scrapeTimeoutMs?: number;
  /** Called with an error that a route threw; the route answers 500. @default one line on standard error */
  readonly onError?: (error: unknown, request: Request) => void;
}

export function createApp(options: AppOptions): Hono {
  const { runtime, discovery, adminToken, onError = printError } = options;
  if (adminToken === "")
    throw new TypeError("adminToken must not be empty; leave it out to refuse requests from other machines");
  const app = new Hono();
  app.use(methodNotAllowed({ app, onMethodNotAllowed: refuseMethod }));
  app.use(async (c, next) => {
    await next();
    c.header("x-content-type-options", "nosniff");
  });
  app.route("/", pageRoutes());
  app.route("/", discoveryRoutes(runtime, discovery));
  app.route("/", metricsRoutes(options));
  app.route("/", pluginRoutes(runtime));
  app.route("/", adminRoutes(runtime, adminToken));
  app.route("/", healthRoutes(runtime, options));
  app.notFound((c) => refuse(c, 404, `There is nothing at ${c.req.method} ${c.req.path}`));
  app.onError((error, c) => {
    if (error instanceof HTTPException) return error.getResponse();
    onError(error, c.req.raw);
    return refuse(c, 500, error.message);
  });
  return app;
}

function refuseMethod(c: Context, allowed: string[]) {
  c.header("allow", allowed.join(", "));
  return refuse(c, 405, `${c.req.path} accepts ${allowed.join(", ")}, not ${c.req.method}`);
}

function printError(error: unknown, request: Request): void {
  const { pathname } = new URL(request.url);
  console.error(printable(`${request.method} ${pathname} failed: ${errorText(error)}`));
}
