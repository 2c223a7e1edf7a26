/** `GET /metrics` of the node, and `GET /plugins/:name/metrics` of each plugin, for Prometheus. */
import { type Context, Hono } from "hono";
import { createShareWork } from "../../transports/time/shared-work.ts";
import { metricsTypeFor } from "../metrics/metrics-type.ts";
import type { HostMetrics } from "../observability/host-metrics.ts";
import type { ScrapeAnswer, Scraper } from "../observability/scrape.ts";
import type { Runtime } from "../runtime/create-runtime.ts";
import { printable } from "../values/printable.ts";
import { findPlugin, noSuchPlugin } from "./answers.ts";
import { createSend, type Send } from "./send.ts";

export interface MetricsRoutesOptions {
  readonly runtime: Runtime;
  readonly metrics: HostMetrics;
  readonly scraper: Scraper;
  /** How long a scrape may take if the scraper names no limit. @default 5000 */
  readonly scrapeTimeoutMs?: number;
}

export function metricsRoutes({ runtime, metrics, scraper, scrapeTimeoutMs = 5000 }: MetricsRoutesOptions): Hono {
  const send = createSend();
  const share = createShareWork<ScrapeAnswer>();

  async function collect(accept: string): Promise<ScrapeAnswer> {
    const plugins = [...runtime.plugins.values()].map(({ status }) => status);
    const { contentType, body } = await metrics.collect(accept, plugins);
    return { contentType, body: new TextEncoder().encode(body) };
  }

  return new Hono()
    .get("/metrics", async (c) => {
      const type = metricsTypeFor(c.req.header("accept") ?? "");
      const { contentType, body } = await share("node", type, () => collect(type));
      return send(c, 200, body, { "content-type": contentType, vary: "accept" });
    })
    .get("/plugins/:name/metrics", async (c) => {
      const plugin = findPlugin(runtime, c);
      if (plugin === undefined) return c.text(noSuchPlugin(c), 404);
      const outcome = await scraper.scrape(plugin, {
        accept: c.req.header("accept") ?? "",
        timeoutMs: scrapeDeadlineMs(c.req.header("x-prometheus-scrape-timeout-seconds"), scrapeTimeoutMs),
        signal: c.req.raw.signal,
      });
      switch (outcome.kind) {
        case "ok":
          return passOn(send, c, 200, outcome);
        case "refused":
          return passOn(send, c, outcome.status, outcome);
        case "down":
          return c.text(printable(outcome.message), 503);
        case "too-slow":
          return c.text(printable(outcome.message), 504);
        case "failed":
          return c.text(printable(outcome.message), 502);
      }
    });
}

function passOn(send: Send, c: Context, status: number, { contentType, body }: ScrapeAnswer): Response {
  // The plugin chooses the content type: a browser must not run its answer as a page of the node.
  return send(c, status, body, {
    "content-type": contentType,
    vary: "accept",
    "content-security-policy": "default-src 'none'; sandbox",
  });
}

/** Upper limit for a scrape, whatever the scraper says. */
const longestScrapeMs = 120_000;

/** The limit that Prometheus sends, less a little, so that the answer arrives before it gives up. */
export function scrapeDeadlineMs(header: string | undefined, defaultMs: number): number {
  const ms = Number(header ?? "") * 1000;
  if (!(ms > 0)) return defaultMs;
  return Math.min(longestScrapeMs, Math.max(1, ms - Math.min(500, ms / 10)));
}
