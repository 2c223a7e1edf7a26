/**
 * Collects a plugin's metrics: a loopp plugin is asked over its own RPC, on every transport alike; a foreign one through the
 * HTTP port that it was told to open. A scrape always ends, in its time, with one of four outcomes.
 */
import { Code, ConnectError } from "@connectrpc/connect";
import { Diagnostics } from "../../proto/gen/loopp/v1/diagnostics_pb.ts";
import { createDeadline, TimeoutError } from "../../transports/time/deadline.ts";
import type { PluginHandle } from "../runtime/plugin-handle.ts";
import { errorText } from "../values/error-text.ts";
import { readBytes } from "../values/read-bytes.ts";
import type { HostMetrics, ScrapeFailure } from "./host-metrics.ts";

/** How a plugin's metrics are had. Whoever configured the plugin knows: only he chose a port for it, or none. */
export type ScrapeSource = { readonly kind: "rpc" } | { readonly kind: "http"; readonly url: string };

/** What is told of metrics, as it is. */
export interface ScrapeAnswer {
  readonly contentType: string;
  readonly body: string | Uint8Array<ArrayBuffer>;
}

export type ScrapeOutcome =
  | ({ readonly kind: "ok" } & ScrapeAnswer)
  /** The plugin has no life to ask. */
  | { readonly kind: "down"; readonly message: string }
  /** It did not answer in time. */
  | { readonly kind: "too-slow"; readonly message: string }
  /** It lives and cannot be reached, or what it answered cannot be passed on. */
  | { readonly kind: "failed"; readonly message: string }
  /** Its HTTP port answered with an error of its own. */
  | ({ readonly kind: "refused"; readonly status: number } & ScrapeAnswer);

export interface ScrapeOptions {
  /** The scraper's Accept header. @default none, which is answered with Prometheus's classic text format */
  readonly accept?: string;
  readonly timeoutMs: number;
  /** Aborts when the scraper goes away. */
  readonly signal?: AbortSignal;
}

export interface Scraper {
  /** Never rejects, and never takes much longer than `timeoutMs`. */
  scrape(plugin: PluginHandle, options: ScrapeOptions): Promise<ScrapeOutcome>;
}

export interface ScraperOptions {
  /** @default every plugin over its own RPC */
  readonly scrapeOf?: (plugin: string) => ScrapeSource;
  /** Told of every scrape. */
  readonly metrics?: Pick<HostMetrics, "observeScrape">;
  /** Longest answer that is taken from an HTTP port. @default 64 MiB */
  readonly maxBodyBytes?: number;
}

export function createScraper({
  scrapeOf = () => ({ kind: "rpc" }),
  metrics,
  maxBodyBytes = 64 * 1024 * 1024,
}: ScraperOptions = {}): Scraper {
  async function scrape(plugin: PluginHandle, options: ScrapeOptions): Promise<ScrapeOutcome> {
    if (!isUp(plugin)) return down(plugin);
    try {
      const source = scrapeOf(plugin.name);
      return source.kind === "rpc"
        ? await scrapeRpc(plugin, options)
        : await scrapeHttp(plugin, source.url, maxBodyBytes, options);
    } catch (error) {
      return failed(plugin, errorText(behind(error)));
    }
  }

  return {
    async scrape(plugin, options) {
      const begin = performance.now();
      const outcome = await scrape(plugin, options);
      const seconds = (performance.now() - begin) / 1000;
      // A scraper that went away says nothing about the plugin.
      if (!options.signal?.aborted) {
        metrics?.observeScrape(plugin.name, seconds, failureOf(outcome));
      }
      return outcome;
    },
  };
}

async function scrapeRpc(plugin: PluginHandle, { accept = "", timeoutMs, signal }: ScrapeOptions) {
  try {
    const client = plugin.client(Diagnostics, { waitForReady: false });
    const answer = await client.collectMetrics({ accept }, { timeoutMs, ...(signal === undefined ? {} : { signal }) });
    return { kind: "ok", contentType: answer.contentType, body: answer.body } as const;
  } catch (thrown) {
    const { code, rawMessage } = ConnectError.from(thrown);
    if (code === Code.Unavailable) return down(plugin);
    if (code === Code.DeadlineExceeded) return tooSlow(plugin, timeoutMs);
    if (code === Code.Unimplemented) {
      return failed(plugin, "it does not tell its metrics over RPC; if it opens an HTTP port for them, name its URL");
    }
    return failed(plugin, rawMessage);
  }
}

async function scrapeHttp(
  plugin: PluginHandle,
  url: string,
  maxBodyBytes: number,
  { accept, timeoutMs, signal }: ScrapeOptions,
): Promise<ScrapeOutcome> {
  const late = new TimeoutError("the plugin is too slow");
  using deadline = createDeadline({ timeoutMs, late: () => late, signal });
  try {
    const response = await fetch(url, {
      headers: {
        ...(accept === undefined || accept === "" ? {} : { accept }),
        "x-prometheus-scrape-timeout-seconds": String(timeoutMs / 1000),
      },
      redirect: "manual",
      signal: deadline.signal,
    });
    const { status } = response;
    // What says nothing by itself, or leads elsewhere: only what stands at this one place is anybody's to see.
    if (status !== 200 && status < 400) {
      await response.body?.cancel();
      return failed(plugin, `${url} answered with status ${status}`);
    }
    const contentType = response.headers.get("content-type") ?? "text/plain; version=0.0.4; charset=utf-8";
    // As bytes: one of Prometheus's formats is not text.
    const body = response.body === null ? new Uint8Array() : await readBytes(response.body, maxBodyBytes);
    if (body === undefined) return failed(plugin, `${url} answered with more than ${maxBodyBytes} bytes`);
    return status === 200 ? { kind: "ok", contentType, body } : { kind: "refused", status, contentType, body };
  } catch (error) {
    if (deadline.signal.reason === late) return tooSlow(plugin, timeoutMs);
    if (!isUp(plugin)) return down(plugin);
    return failed(plugin, `${url} cannot be reached: ${errorText(behind(error))}`);
  }
}

function failureOf({ kind }: ScrapeOutcome): ScrapeFailure | undefined {
  return kind === "ok" ? undefined : kind === "refused" ? "failed" : kind;
}

function isUp({ state }: PluginHandle): boolean {
  return state === "ready" || state === "degraded";
}

function down({ name, state, status }: PluginHandle): ScrapeOutcome {
  const ended = status.lastExit === undefined ? "" : `; its last life ended as "${status.lastExit.reason}"`;
  return { kind: "down", message: `plugin "${name}" is down, in state "${state}"${ended}` };
}

function tooSlow({ name }: PluginHandle, timeoutMs: number): ScrapeOutcome {
  return {
    kind: "too-slow",
    message: `plugin "${name}" did not tell its metrics within ${Math.round(timeoutMs)} ms`,
  };
}

function failed({ name }: PluginHandle, why: string): ScrapeOutcome {
  return { kind: "failed", message: `Cannot collect the metrics of plugin "${name}": ${why}` };
}

/** The runtimes' fetch hides what happened in the cause. */
function behind(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? error.cause : error;
}
