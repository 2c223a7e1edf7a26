import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Conformance, DieRequest_How } from "../../proto/gen/loopp/v1/conformance_pb.ts";
import { scrapeDeadlineMs } from "../../src/server/metrics.ts";
import { until } from "../../src/testing/until.ts";
import { kinds } from "../runtime/support.ts";
import { conformanceModule, createNode, type TestNode } from "./support.ts";

const openMetrics = "application/openmetrics-text;version=1.0.0,text/plain;q=0.5";

describe("GET /plugins/:name/metrics", () => {
  let node: TestNode;
  beforeAll(async () => {
    const plugins = Object.fromEntries(kinds.map((kind) => [kind, { module: conformanceModule, transport: kind }]));
    node = await createNode({ plugins });
    for (const kind of kinds) await node.runtime.client(kind, Conformance).unary({});
  });
  afterAll(() => node[Symbol.asyncDispose]());

  it.each(kinds)("has the plugin's own counters, whatever the transport: %s", async (kind) => {
    const response = await node.get(`/plugins/${kind}/metrics`);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    const body = await response.text();
    expect(body).toContain('conformance_calls_total{method="Unary"} 1');
    // In a thread or in-process they would be the node's own.
    expect(body.includes("process_resident_memory_bytes")).toBe(kind === "process");
  });

  it("refuses a name that no plugin has, with the name escaped", async () => {
    const response = await node.get(`/plugins/${encodeURIComponent("<b>&")}/metrics`);
    expect(response.status).toBe(404);
    expect(response.headers.get("content-type")).toMatch(/^text\/plain/);
    expect(await response.text()).toBe('plugin "&lt;b&gt;&amp;" does not exist');
  });

  it.each([...kinds, "node"])("is in the format that the scraper prefers, uncompressed: %s", async (kind) => {
    const path = kind === "node" ? "/metrics" : `/plugins/${kind}/metrics`;
    for (const [accept, wanted] of [
      [openMetrics, "openmetrics"],
      ["APPLICATION/OPENMETRICS-TEXT", "openmetrics"],
      ["text/plain;version=0.0.4;q=0.6,application/openmetrics-text;version=1.0.0;q=0.5", "plain"],
      ["application/openmetrics-text;q=0,text/plain", "plain"],
      ["*/*", "plain"],
    ] as const) {
      const response = await node.get(path, { accept, "accept-encoding": "gzip" });
      const type = wanted === "plain" ? "text/plain; version=0.0.4" : "application/openmetrics-text; version=1.0.0";
      expect([accept, response.headers.get("content-type")]).toEqual([accept, `${type}; charset=utf-8`]);
      expect(response.headers.get("content-encoding")).toBeNull();
      const body = await response.text();
      expect(body).toContain(kind === "node" ? "loopp_plugin_state" : 'conformance_calls_total{method="Unary"} 1');
      expect(body.endsWith("# EOF\n")).toBe(wanted === "openmetrics");
    }
  });
});

describe("a scrape that returns no metrics", () => {
  it("answers 503 for a plugin that was killed and is not restarted", async () => {
    const plugins = Object.fromEntries(
      (["worker", "process"] as const).map((kind) => [
        kind,
        { module: conformanceModule, transport: kind, restart: false as const },
      ]),
    );
    await using node = await createNode({ plugins });
    for (const kind of ["worker", "process"] as const) {
      node.runtime.plugin(kind).kill();
      await until("the plugin has failed", () => node.runtime.plugin(kind).state === "failed");
      const response = await node.get(`/plugins/${kind}/metrics`);
      expect(response.status).toBe(503);
      expect(await response.text()).toBe(
        `plugin "${kind}" is down, in state "failed"; its last instance ended as "killed"`,
      );
    }
    const own = await (await node.get("/metrics")).text();
    expect(own).toContain('loopp_plugin_scrape_failures_total{plugin="process",reason="down"} 1');
  });

  it.each(["worker", "process"] as const)("answers 504 in time for a plugin that hangs: %s", async (kind) => {
    await using node = await createNode({
      plugins: { stuck: { module: conformanceModule, transport: kind, health: false, stopGraceMs: 0 } },
    });
    const blocked = node.runtime.client("stuck", Conformance).die({ how: DieRequest_How.BLOCK });
    blocked.catch(() => {});
    const begin = performance.now();
    const response = await node.get("/plugins/stuck/metrics", { "x-prometheus-scrape-timeout-seconds": "1" });
    expect(response.status).toBe(504);
    expect(await response.text()).toBe('plugin "stuck" did not return its metrics within 900 ms');
    expect(performance.now() - begin).toBeGreaterThan(800);
    // It does not delay others.
    expect((await node.get("/plugins")).status).toBe(200);
  });
});

describe("a plugin with its own HTTP port", () => {
  it("is scraped there, header and body passed on unchanged", async () => {
    const seen: IncomingHttpHeaders[] = [];
    let answer: "metrics" | "error" | "silence" = "metrics";
    const foreign = createServer((request, response) => {
      seen.push(request.headers);
      if (answer === "silence") return;
      response.writeHead(answer === "error" ? 500 : 200, { "content-type": "application/vnd.example; proto=x" });
      response.end(Buffer.from([0, 255, 128, 7]));
    });
    await new Promise<void>((resolve) => foreign.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(foreign.address() as AddressInfo).port}/metrics`;
    try {
      await using node = await createNode({
        plugins: { foreign: { module: conformanceModule }, own: { module: conformanceModule } },
        scrapeOf: (name) => (name === "foreign" ? { kind: "http", url } : { kind: "rpc" }),
      });
      const response = await node.get("/plugins/foreign/metrics", { accept: openMetrics });
      expect(response.status).toBe(200);
      expect(response.headers.get("content-type")).toBe("application/vnd.example; proto=x");
      expect([...new Uint8Array(await response.arrayBuffer())]).toEqual([0, 255, 128, 7]);
      expect(seen[0]?.accept).toBe(openMetrics);
      expect((await node.get("/plugins/own/metrics")).headers.get("content-type")).toMatch(/^text\/plain/);

      answer = "error";
      const failing = await node.get("/plugins/foreign/metrics");
      expect(failing.status).toBe(500);
      expect(failing.headers.get("content-type")).toBe("application/vnd.example; proto=x");
      expect((await failing.arrayBuffer()).byteLength).toBe(4);

      answer = "silence";
      const slow = await node.get("/plugins/foreign/metrics", { "x-prometheus-scrape-timeout-seconds": "0.5" });
      expect(slow.status).toBe(504);

      foreign.closeAllConnections();
      await new Promise((resolve) => foreign.close(resolve));
      const gone = await node.get("/plugins/foreign/metrics");
      expect(gone.status).toBe(502);
      expect(await gone.text()).toContain(`${url} cannot be reached`);

      await node.runtime.plugin("foreign").stop();
      expect((await node.get("/plugins/foreign/metrics")).status).toBe(503);
    } finally {
      foreign.close();
    }
  });
});

describe("GET /metrics", () => {
  it("shows the state of the plugins, in both formats, and counts restarts by reason", async () => {
    await using node = await createNode({
      plugins: {
        "median.one": { module: conformanceModule, transport: "worker", restart: { initialDelayMs: 0 } },
        two: { module: conformanceModule },
      },
    });
    const plugin = node.runtime.plugin("median.one");
    plugin.kill();
    await until("the plugin has been started again", () => plugin.state === "ready" && plugin.status.generation === 2);
    await node.runtime.plugin("two").stop();

    for (const accept of ["", openMetrics, ""]) {
      const response = await node.get("/metrics", { accept });
      const body = await response.text();
      expect(response.headers.get("content-type")).toContain(accept === "" ? "text/plain" : "openmetrics");
      const lines = body.split("\n");
      expect(lines).toContain('loopp_plugin_state{plugin="median.one",state="ready"} 1');
      expect(lines).toContain('loopp_plugin_state{plugin="median.one",state="failed"} 0');
      expect(lines).toContain('loopp_plugin_state{plugin="two",state="stopped"} 1');
      expect(lines).toContain('loopp_plugin_generation{plugin="median.one"} 2');
      expect(lines).toContain('loopp_plugin_restarts_total{plugin="median.one",reason="killed"} 1');
      expect(body).toMatch(/loopp_plugin_start_time_seconds\{plugin="median\.one"\} \d/);
      expect(body).not.toContain('loopp_plugin_start_time_seconds{plugin="two"}');
      expect(body).toMatch(/process_resident_memory_bytes \d/);
      expect(body).toMatch(/process_cpu_seconds_total \d/);
    }

    await node.runtime.remove("median.one");
    expect(await (await node.get("/metrics")).text()).not.toContain("median.one");
  });
});

describe("a scrape's deadline", () => {
  it("is a little before the scraper's, and the default where it names none that is valid", () => {
    expect(scrapeDeadlineMs("10", 5000)).toBe(9500);
    expect(scrapeDeadlineMs("1", 5000)).toBe(900);
    expect(scrapeDeadlineMs("1e9", 5000)).toBe(120_000);
    for (const header of [undefined, "", "soon", "-1", "0", "NaN"]) expect(scrapeDeadlineMs(header, 5000)).toBe(5000);
  });
});
