/** A plugin's metrics over HTTP, as one of Chainlink's hosts fetches them, on every runtime. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { metricsAddress } from "../../src/guest/metrics-address.ts";
import { type MetricsServerOptions, serveMetrics } from "../../src/guest/metrics-server.ts";
import type { MetricsText } from "../../src/metrics/exposition.ts";
import { until } from "../../src/testing/until.ts";
import { createLogger } from "../../transports/logs/log.ts";
import type { LogEntry } from "../../transports/plugin.ts";

const metrics = {
  collect: async (accept: string) => ({ contentType: `text/plain; accepted=${accept}`, body: "calls_total 1\n" }),
};

interface ServeOptions extends MetricsServerOptions {
  readonly host?: string;
  readonly collect?: (accept: string) => Promise<MetricsText>;
}

/** @returns what was logged, and the port where there is one */
async function serve(port: string, { host = "127.0.0.1", collect = metrics.collect, ...limits }: ServeOptions = {}) {
  const log: LogEntry[] = [];
  const logger = createLogger((entry) => log.push(entry));
  await serveMetrics({ host, port }, { collect }, logger, limits);
  const [{ level = "", message = "", fields = {} } = {}] = log;
  expect(log).toHaveLength(1);
  return { log, level, message, fields, port: Number(fields.port), url: `http://127.0.0.1:${fields.port}` };
}

describe("the metrics of a plugin over HTTP", () => {
  it("are wanted where Chainlink's hosts say so, on this machine unless more is asked for", () => {
    expect(metricsAddress({ CL_PROMETHEUS_PORT: "9100" })).toEqual({ host: "127.0.0.1", port: "9100" });
    const open = { CL_PROMETHEUS_PORT: "0", CL_PROMETHEUS_HOST: "0.0.0.0" };
    expect(metricsAddress(open)).toEqual({ host: "0.0.0.0", port: "0" });
    expect(metricsAddress({ CL_PROMETHEUS_PORT: "" })).toBeUndefined();
    expect(metricsAddress({ CL_PROMETHEUS_HOST: "0.0.0.0" })).toBeUndefined();
  });

  it("are served at /metrics, in the format that is asked for", async () => {
    const { level, url } = await serve("0");
    expect(level).toBe("debug");
    const headers = { accept: "application/openmetrics-text" };
    for (const path of ["/metrics", "/metrics?name=calls"]) {
      const response = await fetch(url + path, { headers });
      expect(response.status).toBe(200);
      expect(response.headers.get("content-type")).toBe("text/plain; accepted=application/openmetrics-text");
      expect(await response.text()).toBe("calls_total 1\n");
    }
    const head = await fetch(`${url}/metrics`, { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
  });

  it("are all that is served", async () => {
    const { url } = await serve("0");
    for (const path of ["/", "/metrics/", "/metricsx", "/debug/pprof/", "/%6detrics"]) {
      const response = await fetch(url + path);
      expect([path, response.status, await response.text()]).toEqual([path, 404, "404 page not found\n"]);
    }
    expect((await fetch(`${url}/metrics`, { method: "POST", body: "x" })).status).toBe(405);
  });

  it("are an error where they cannot be collected, and the server goes on", async () => {
    const { url, log } = await serve("0", { collect: () => Promise.reject(new Error("no such label")) });
    for (let round = 0; round < 2; round++) {
      const response = await fetch(`${url}/metrics`);
      expect(response.status).toBe(500);
      expect(await response.text()).toBe("Cannot collect the plugin's metrics: its log says why\n");
    }
    expect(log.slice(1).map(({ level, message, fields }) => [level, message, `${fields?.error}`])).toEqual([
      ["error", "Cannot collect the metrics", "Error: no such label"],
    ]);
  });

  it("do not wait: a connection that sends nothing, or only a part, is closed", async () => {
    const { port } = await serve("0", { readTimeoutMs: 100 });
    for (const beginning of ["", "GET /metr"]) {
      const socket = connect(port, "127.0.0.1").resume();
      socket.on("error", () => {});
      const closed = once(socket, "close");
      if (beginning !== "") socket.write(beginning);
      await closed;
    }
    expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(200);
  });

  it("are collected once for all who ask meanwhile, and given up for those who do not read", async () => {
    const text = "x".repeat(16 * 1024 * 1024);
    const gate = Promise.withResolvers<void>();
    let collected = 0;
    const { url, port } = await serve("0", {
      answerMs: 100,
      async collect() {
        collected++;
        await gate.promise;
        return { contentType: "text/plain", body: text };
      },
    });
    const unread = connect(port, "127.0.0.1").pause();
    unread.on("error", () => {});
    const closed = new Promise((resolve) => unread.once("close", resolve));
    unread.write("GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    await until("it is asked", () => collected === 1);
    const asked = Array.from({ length: 30 }, () => fetch(`${url}/metrics`, { method: "HEAD" }));
    // Those that come too late for the first collection share others.
    await fetch(url);
    gate.resolve();
    for (const { headers } of await Promise.all(asked)) expect(headers.get("content-length")).toBe(`${text.length}`);
    expect(collected).toBeLessThan(15);
    expect((await (await fetch(`${url}/metrics`)).text()).length).toBe(text.length);
    // The server looks every second, on the same loop.
    await new Promise((resolve) => setTimeout(resolve, 2500));
    let bytes = 0;
    unread.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
    });
    unread.resume();
    await closed;
    expect(bytes).toBeLessThan(text.length);
  });

  it("do without a port that is in use, that is none, or of an address that is not there, and say so", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    try {
      await once(taken, "listening");
      const { port } = taken.address() as AddressInfo;
      for (const [host, text] of [
        ["127.0.0.1", String(port)],
        ["127.0.0.1", "none"],
        ["127.0.0.1", "65536"],
        ["127.0.0.1", "-1"],
        ["127.0.0.1", " 80"],
        ["192.0.2.1", "0"],
        ["there.is.no.such.host.invalid", "0"],
      ] as const) {
        const { level, message, fields } = await serve(text, { host });
        expect([level, message]).toEqual(["error", "Cannot serve metrics"]);
        expect(fields).toMatchObject({ host, port: text, error: expect.any(Error) });
      }
    } finally {
      taken.close();
    }
  });
});
