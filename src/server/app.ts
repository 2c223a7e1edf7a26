/** The node's HTTP interface as one Hono app: give it to {@link import("./serve.ts").serveHttp}, or mount it in another app. */
import { type Context, Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { methodNotAllowed } from "hono/method-not-allowed";
import type { HostMetrics } from "../observability/host-metrics.ts";
import type { Scraper } from "../observability/scrape.ts";
import type { Runtime } from "../runtime/create-runtime.ts";
import { standardError } from "../runtime/log.ts";
import { errorText } from "../values/error-text.ts";
import { printable } from "../values/printable.ts";
import { type AdminOptions, adminRoutes } from "./admin.ts";
import { ownNamesOnly } from "./admission.ts";
import { refuse } from "./answers.ts";
import { type DiscoveryOptions, discoveryRoutes } from "./discovery.ts";
import { type HealthSource, healthRoutes } from "./health.ts";
import { metricsRoutes } from "./metrics.ts";
import { pageRoutes } from "./page.ts";
import { pluginRoutes } from "./plugins.ts";

export interface AppOptions extends AdminOptions {
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
  /** How long a scrape may take if the scraper names no limit, in milliseconds. @default 5000 */
  readonly scrapeTimeoutMs?: number;
  /** Called with an error that a route threw, which answers 500, or that checks of its health threw. @default one line on standard error */
  readonly onError?: (error: unknown, request: Request) => void;
}

export function createApp(options: AppOptions): Hono {
  const { runtime, discovery, onError = printError } = options;
  const app = new Hono();
  app.use(methodNotAllowed({ app, onMethodNotAllowed: refuseMethod }));
  app.use(async (c, next) => {
    await next();
    c.header("x-content-type-options", "nosniff");
  });
  app.use(ownNamesOnly(() => discovery.address?.() ?? "", options.hosts));
  app.route("/", pageRoutes());
  app.route("/", discoveryRoutes(runtime, discovery));
  app.route("/", metricsRoutes(options));
  app.route("/", pluginRoutes(runtime));
  app.route("/", adminRoutes(runtime, options));
  app.route("/", healthRoutes(runtime, { ...options, onError }));
  app.notFound((c) => refuse(c, 404, `There is nothing at ${c.req.method} ${c.req.path}`));
  app.onError((error, c) => {
    if (error instanceof HTTPException) return error.getResponse();
    onError(error, c.req.raw);
    // Its message may hold anything, secrets included: it is for the log, not for the client.
    return refuse(c, 500, "The node could not answer this request; its log says why");
  });
  return app;
}

function refuseMethod(c: Context, allowed: string[]) {
  c.header("allow", allowed.join(", "));
  return refuse(c, 405, `${c.req.path} accepts ${allowed.join(", ")}, not ${c.req.method}`);
}

function printError(error: unknown, request: Request): void {
  const { pathname } = new URL(request.url);
  standardError.print(printable(`${request.method} ${pathname} failed: ${errorText(error)}`));
}
