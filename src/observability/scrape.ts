/**
 * Collects a plugin's metrics: from a loopp plugin over RPC, on every transport alike; from a foreign one through the HTTP port that
 * it was told to open. A scrape always ends within its time, with a {@link ScrapeOutcome}. One scrape of a plugin is made at a time: all who
 * ask for the same format meanwhile share its answer.
 */
import { request as plainRequest } from "node:http";
import { request as secureRequest } from "node:https";
import { urlToHttpOptions } from "node:url";
import { Code } from "@connectrpc/connect";
import { Diagnostics } from "../../proto/gen/loopp/v1/diagnostics_pb.ts";
import { asConnectError } from "../../transports/calls/connect-error.ts";
import { inTime, TimeoutError } from "../../transports/time/deadline.ts";
import { createShareWork } from "../../transports/time/shared-work.ts";
import { answerOf, bodyOf } from "../http/answer.ts";
import { metricsTypeFor } from "../metrics/metrics-type.ts";
import type { PluginHandle } from "../runtime/plugin-handle.ts";
import { errorText } from "../values/error-text.ts";
import { readBytes } from "../values/read-bytes.ts";
import type { HostMetrics, ScrapeFailure } from "./host-metrics.ts";

/** How a plugin's metrics are fetched. It depends on whether the plugin was configured with an HTTP port for them. */
export type ScrapeSource = { readonly kind: "rpc" } | { readonly kind: "http"; readonly url: string };

/** An answer with metrics, passed on unchanged. */
export interface ScrapeAnswer {
  readonly contentType: string;
  /** Shared by all who asked: not to be written to. */
  readonly body: Uint8Array<ArrayBuffer>;
}

export type ScrapeOutcome =
  | ({ readonly kind: "ok" } & ScrapeAnswer)
  /** The plugin has no running instance. */
  | { readonly kind: "down"; readonly message: string }
  /** It did not answer in time. */
  | { readonly kind: "too-slow"; readonly message: string }
  /** It runs but cannot be reached, or its answer cannot be passed on. The message has no words of the plugin's own. */
  | { readonly kind: "failed"; readonly message: string }
  /** Its HTTP port answered with an error status. */
  | ({ readonly kind: "refused"; readonly status: number } & ScrapeAnswer);

export interface ScrapeOptions {
  /** The scraper's Accept header. @default none, which is answered with Prometheus's classic text format */
  readonly accept?: string;
  readonly timeoutMs: number;
  /** Aborts when the scraper gives up. */
  readonly signal?: AbortSignal;
}

export interface Scraper {
  /** Never rejects, and never takes much longer than `timeoutMs`. */
  scrape(plugin: PluginHandle, options: ScrapeOptions): Promise<ScrapeOutcome>;
}

export interface ScraperOptions {
  /** @default every plugin over RPC */
  readonly scrapeOf?: (plugin: string) => ScrapeSource;
  /** Counts every scrape. */
  readonly metrics?: Pick<HostMetrics, "observeScrape">;
  /**
   * Called when a scrape fails by an error, with what the error says, which may hold anything; not again while a plugin's scrapes fail by
   * the same. @default it is not told
   */
  readonly onError?: (plugin: string, error: string) => void;
  /** Longest answer that is accepted from an HTTP port. @default 64 MiB */
  readonly maxBodyBytes?: number;
}

export function createScraper({
  scrapeOf = () => ({ kind: "rpc" }),
  metrics,
  onError = () => {},
  maxBodyBytes = 64 * 1024 * 1024,
}: ScraperOptions = {}): Scraper {
  const share = createShareWork<ScrapeOutcome>();
  /** What was told of each plugin whose scrapes fail. */
  const told = new Map<string, string>();

  function tell(plugin: string, error: string): void {
    if (told.get(plugin) !== error) onError(plugin, error);
    told.set(plugin, error);
  }

  async function collect(plugin: PluginHandle, source: ScrapeSource, options: CollectOptions): Promise<ScrapeOutcome> {
    const outcome = await (source.kind === "rpc"
      ? scrapeRpc(plugin, options, (error) => tell(plugin.name, error))
      : scrapeHttp(plugin, source.url, maxBodyBytes, options));
    if (outcome.kind === "ok") told.delete(plugin.name);
    return outcome;
  }

  async function scrape(plugin: PluginHandle, { accept = "", timeoutMs, signal }: ScrapeOptions) {
    if (!isUp(plugin)) return down(plugin);
    const late = new TimeoutError("the plugin is too slow");
    try {
      const source = scrapeOf(plugin.name);
      const wanted = source.kind === "rpc" ? metricsTypeFor(accept) : accept;
      return await inTime({ timeoutMs, late: () => late, signal }, (signal) =>
        share(plugin.name, wanted, (signal) => collect(plugin, source, { accept: wanted, timeoutMs, signal }), signal),
      );
    } catch (error) {
      if (error === late) return tooSlow(plugin, timeoutMs);
      if (signal?.aborted) return failed(plugin, "the scraper gave up");
      tell(plugin.name, errorText(error));
      return failed(plugin, "the node's log says why");
    }
  }

  return {
    async scrape(plugin, options) {
      const begin = performance.now();
      const outcome = await scrape(plugin, options);
      const seconds = (performance.now() - begin) / 1000;
      // A scraper that gave up says nothing about the plugin.
      if (!options.signal?.aborted) {
        metrics?.observeScrape(plugin.name, seconds, failureOf(outcome));
      }
      return outcome;
    },
  };
}

/** Of the scraper that made the work begin; others may join it. */
interface CollectOptions {
  readonly accept: string;
  readonly timeoutMs: number;
  /** Aborts when no scraper waits any more. */
  readonly signal: AbortSignal;
}

/** Longer than any scraper waits: the work ends with the last of them. */
const longestMs = 600_000;

async function scrapeRpc(
  plugin: PluginHandle,
  { accept, signal }: CollectOptions,
  onError: (error: string) => void,
): Promise<ScrapeOutcome> {
  try {
    const client = plugin.client(Diagnostics, { waitForReady: false });
    const { contentType, body } = await client.collectMetrics({ accept }, { timeoutMs: longestMs, signal });
    return { kind: "ok", contentType, body: new TextEncoder().encode(body) };
  } catch (thrown) {
    const { code, rawMessage } = asConnectError(thrown);
    if (code === Code.Unavailable) return down(plugin);
    if (code === Code.Unimplemented) {
      return failed(plugin, "it serves no metrics over RPC; if it has an HTTP port for them, configure its URL");
    }
    if (!signal.aborted) onError(rawMessage);
    return failed(plugin, `it answered with an error (${Code[code]}); the node's log says which`);
  }
}

async function scrapeHttp(
  plugin: PluginHandle,
  url: string,
  maxBodyBytes: number,
  { accept, timeoutMs, signal }: CollectOptions,
): Promise<ScrapeOutcome> {
  try {
    // Not with `fetch`, which some runtimes send through the proxies of the environment, whatever the address.
    const response = await answerOf(url.startsWith("https:") ? secureRequest : plainRequest, {
      ...urlToHttpOptions(new URL(url)),
      headers: {
        ...(accept === "" ? {} : { accept }),
        "x-prometheus-scrape-timeout-seconds": String(timeoutMs / 1000),
      },
      agent: false,
      signal,
    });
    const status = response.statusCode ?? 0;
    // Redirects and other answers without metrics are not passed on: only this one URL is exposed.
    if (status !== 200 && status < 400) {
      response.destroy();
      return failed(plugin, `${url} answered with status ${status}`);
    }
    const contentType = response.headers["content-type"] ?? "text/plain; version=0.0.4; charset=utf-8";
    // As bytes: one of Prometheus's formats is not text.
    const body = await readBytes(bodyOf(response), maxBodyBytes);
    if (body === undefined) {
      response.destroy();
      return failed(plugin, `${url} answered with more than ${maxBodyBytes} bytes`);
    }
    return status === 200 ? { kind: "ok", contentType, body } : { kind: "refused", status, contentType, body };
  } catch (error) {
    if (!isUp(plugin)) return down(plugin);
    return failed(plugin, `${url} cannot be reached: ${errorText(error)}`);
  }
}

function failureOf({ kind }: ScrapeOutcome): ScrapeFailure | undefined {
  return kind === "ok" ? undefined : kind === "refused" ? "failed" : kind;
}

function isUp({ state }: PluginHandle): boolean {
  return state === "ready" || state === "degraded";
}

function down({ name, state, status }: PluginHandle): ScrapeOutcome {
  const ended = status.lastExit === undefined ? "" : `; its last instance ended as "${status.lastExit.reason}"`;
  return { kind: "down", message: `plugin "${name}" is down, in state "${state}"${ended}` };
}

function tooSlow({ name }: PluginHandle, timeoutMs: number): ScrapeOutcome {
  return {
    kind: "too-slow",
    message: `plugin "${name}" did not return its metrics within ${Math.round(timeoutMs)} ms`,
  };
}

function failed({ name }: PluginHandle, why: string): ScrapeOutcome {
  return { kind: "failed", message: `Cannot collect the metrics of plugin "${name}": ${why}` };
}
