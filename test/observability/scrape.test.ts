import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, vi } from "vitest";
import { createRuntime, type PluginHandle } from "../../src/index.ts";
import { createHostMetrics } from "../../src/observability/host-metrics.ts";
import { createScraper } from "../../src/observability/scrape.ts";
import { until } from "../../src/testing/until.ts";
import { createInProcessTransport } from "../../transports/in-process/index.ts";
import { createProcessTransport } from "../../transports/process/index.ts";
import type { PluginTransport } from "../../transports/transport.ts";
import { createWorkerTransport } from "../../transports/worker/index.ts";
import { kinds } from "../runtime/support.ts";
import { valuesBy } from "./support.ts";

const module = new URL("./plugins/odd.plugin.ts", import.meta.url);

const bareProgram = new URL("./plugins/bare-program.ts", import.meta.url);

/** Runs plugins without the services that every loopp plugin has. */
function bare<Spec>(transport: PluginTransport<Spec>): PluginTransport<Spec> {
  return {
    ...transport,
    launch: (spec, launch) => transport.launch(spec, { ...launch, guestProgram: bareProgram }),
  };
}

const transports = [bare(createInProcessTransport()), bare(createWorkerTransport()), bare(createProcessTransport())];

async function withPlugin(transport: string, answer: string, use: (plugin: PluginHandle) => Promise<void>) {
  await using runtime = await createRuntime({
    plugins: { odd: { module, transport, config: { answer }, stopGraceMs: 0 } },
    transports,
    onLog: () => {},
  });
  await use(runtime.plugin("odd"));
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
}

describe("scrape()", () => {
  it.each(kinds)("ends within its time when the plugin never answers: %s", async (kind) => {
    await withPlugin(kind, "never", async (plugin) => {
      const metrics = createHostMetrics();
      const outcome = await createScraper({ metrics }).scrape(plugin, { timeoutMs: 200 });
      expect(outcome).toEqual({ kind: "too-slow", message: 'plugin "odd" did not return its metrics within 200 ms' });
      const { body } = await metrics.collect("", [plugin.status]);
      expect(body).toContain('loopp_plugin_scrape_failures_total{plugin="odd",reason="too-slow"} 1');
      expect(body).toContain('loopp_plugin_scrape_duration_seconds_count{plugin="odd"} 1');
      expect(body).toContain('loopp_plugin_scrape_duration_seconds_bucket{le="0.1",plugin="odd"} 0');
    });
  });

  it("is made once for all who ask for the same meanwhile, one after the other for others, and ends with the last", async () => {
    const seen: string[] = [];
    let atOnce = 0;
    let most = 0;
    const answers: (() => void)[] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers.accept ?? "");
      most = Math.max(most, ++atOnce);
      response.on("close", () => atOnce--);
      answers.push(() => response.end(`n ${seen.length}\n`));
    });
    const url = await listen(server);
    try {
      await withPlugin("in-process", "broken", async (plugin) => {
        const { scrape } = createScraper({ scrapeOf: () => ({ kind: "http", url }) });
        const gone = new AbortController();
        const ask = (accept: string, options: { timeoutMs?: number; signal?: AbortSignal } = {}) =>
          scrape(plugin, { accept, timeoutMs: 30_000, ...options });
        const first = ask("a/a", { signal: gone.signal });
        const others = Array.from({ length: 50 }, () => ask("a/a"));
        const hasty = ask("a/a", { timeoutMs: 50 });
        const different = ask("b/b");
        expect((await hasty).kind).toBe("too-slow");
        gone.abort();
        expect((await first).kind).toBe("failed");
        expect(seen).toEqual(["a/a"]);
        answers[0]?.();
        const bodies = (await Promise.all(others)).map((outcome) => (outcome.kind === "ok" ? outcome.body : undefined));
        expect(new TextDecoder().decode(bodies[0])).toBe("n 1\n");
        expect(new Set(bodies).size).toBe(1);
        await until("the other is asked", () => seen.length === 2);
        answers[1]?.();
        expect((await different).kind).toBe("ok");
        expect([seen, most]).toEqual([["a/a", "b/b"], 1]);
        // When none waits any more, the request to the plugin ends.
        expect((await ask("a/a", { timeoutMs: 50 })).kind).toBe("too-slow");
        await until("it is ended", () => atOnce === 0);
      });
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it("ends when the scraper gives up, and counts no failure", async () => {
    await withPlugin("worker", "never", async (plugin) => {
      const metrics = createHostMetrics();
      const gone = new AbortController();
      const scraping = createScraper({ metrics }).scrape(plugin, { timeoutMs: 30_000, signal: gone.signal });
      gone.abort();
      expect((await scraping).kind).toBe("failed");
      const { body } = await metrics.collect("", [plugin.status]);
      expect(valuesBy(body, "loopp_plugin_scrape_failures_total", "plugin")).toEqual({ odd: 0 });
      expect(valuesBy(body, "loopp_plugin_scrape_duration_seconds_count", "plugin")).toEqual({ odd: 0 });
    });
  });

  it("says what to do about a plugin that has no metrics over RPC", async () => {
    await withPlugin("process", "unimplemented", async (plugin) => {
      expect(await createScraper().scrape(plugin, { timeoutMs: 5000 })).toEqual({
        kind: "failed",
        message:
          'Cannot collect the metrics of plugin "odd": it serves no metrics over RPC; if it has an HTTP port for them, configure its URL',
      });
    });
  });

  it.each(kinds)(
    "tells the log once what an error says, and those who ask only that there was one: %s",
    async (kind) => {
      await withPlugin(kind, "broken", async (plugin) => {
        const told: string[][] = [];
        const onError = (...error: string[]) => told.push(error);
        const scraper = createScraper({ onError });
        for (let round = 0; round < 2; round++) {
          expect(await scraper.scrape(plugin, { timeoutMs: 5000 })).toEqual({
            kind: "failed",
            message:
              'Cannot collect the metrics of plugin "odd": it answered with an error (Internal); the node\'s log says which',
          });
        }
        const scrapeOf = () => {
          throw new Error("no port was chosen");
        };
        expect(await createScraper({ scrapeOf, onError }).scrape(plugin, { timeoutMs: 5000 })).toEqual({
          kind: "failed",
          message: 'Cannot collect the metrics of plugin "odd": the node\'s log says why',
        });
        expect(told).toEqual([
          ["odd", "the registry is broken"],
          ["odd", "no port was chosen"],
        ]);
      });
    },
  );

  it("asks an HTTP port itself, whatever proxies the environment names, and ends with every end of an answer", async () => {
    let answer: "metrics" | "switch" = "metrics";
    const server = createServer((request, response) => {
      if (answer === "switch") request.socket.write("HTTP/1.1 101 X\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n");
      else response.end("up 1\n");
    });
    const url = await listen(server);
    // Where nothing listens.
    vi.stubEnv("HTTP_PROXY", "http://127.0.0.1:1");
    try {
      await withPlugin("in-process", "broken", async (plugin) => {
        const scraper = createScraper({ scrapeOf: () => ({ kind: "http", url }) });
        expect(await scraper.scrape(plugin, { timeoutMs: 20_000 })).toMatchObject({ kind: "ok" });
        answer = "switch";
        expect(await scraper.scrape(plugin, { timeoutMs: 20_000 })).toMatchObject({
          kind: "failed",
          message: expect.stringContaining("cannot be reached: the server answers by switching to another protocol"),
        });
      });
    } finally {
      vi.unstubAllEnvs();
      server.closeAllConnections();
      server.close();
    }
  });

  it("reads no more from an HTTP port than its limit, follows no redirect, and waits for no slow body", async () => {
    let answer: "long" | "redirect" | "slow" = "long";
    const server = createServer((_, response) => {
      if (answer === "redirect") response.writeHead(302, { location: "http://127.0.0.1:1/" }).end();
      else response.writeHead(200).write("x".repeat(answer === "long" ? 2000 : 10));
    });
    const url = await listen(server);
    try {
      await withPlugin("in-process", "broken", async (plugin) => {
        const scraper = createScraper({ scrapeOf: () => ({ kind: "http", url }), maxBodyBytes: 1000 });
        const tooLong = await scraper.scrape(plugin, { timeoutMs: 5000 });
        expect(tooLong).toMatchObject({ kind: "failed", message: expect.stringContaining("more than 1000 bytes") });
        answer = "redirect";
        expect((await scraper.scrape(plugin, { timeoutMs: 5000 })).kind).toBe("failed");
        answer = "slow";
        expect((await scraper.scrape(plugin, { timeoutMs: 200 })).kind).toBe("too-slow");
      });
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
