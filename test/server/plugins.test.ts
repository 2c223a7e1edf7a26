import { hostname } from "node:os";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { escapeHtml } from "../../src/server/answers.ts";
import { discoveryTargets } from "../../src/server/discovery.ts";
import { until } from "../../src/testing/until.ts";
import { kinds } from "../runtime/support.ts";
import { isRunning } from "../transports/support.ts";
import { conformanceModule, createNode, type TestNode } from "./support.ts";

describe("the node over HTTP", () => {
  let node: TestNode;
  beforeAll(async () => {
    const plugins = Object.fromEntries(
      kinds.map((kind) => [`conformance.${kind}`, { module: conformanceModule, transport: kind }]),
    );
    node = await createNode({ plugins });
  });
  afterAll(() => node[Symbol.asyncDispose]());

  it("shows at GET /plugins where each plugin runs", async () => {
    const plugins = (await (await node.get("/plugins")).json()) as Record<string, unknown>[];
    expect(plugins.map(({ name }) => name)).toEqual([
      "conformance.in-process",
      "conformance.process",
      "conformance.worker",
    ]);
    const [inProcess, process_, worker] = plugins;
    const common = { kind: "conformance", state: "ready", generation: 1, restarts: 0 };
    expect(inProcess).toMatchObject({ ...common, instance: "in-process", transport: "in-process" });
    expect(inProcess).not.toHaveProperty("pid");
    expect(inProcess).not.toHaveProperty("threadId");
    expect(worker).toMatchObject({ ...common, transport: "worker", threadId: expect.any(Number) });
    expect(worker).not.toHaveProperty("pid");
    expect(process_).toMatchObject({ ...common, transport: "process", pid: expect.any(Number) });
    expect(process_?.pid).not.toBe(process.pid);
    expect(isRunning(process_?.pid as number)).toBe(true);
    for (const { since } of plugins) expect(Date.parse(since as string)).toBeLessThanOrEqual(Date.now());
  });

  it("shows one plugin, and refuses an unknown name", async () => {
    const one = await node.get("/plugins/conformance.worker");
    expect(await one.json()).toMatchObject({ name: "conformance.worker", transport: "worker" });
    const none = await node.get("/plugins/nobody");
    expect(none.status).toBe(404);
    expect(await none.json()).toEqual({ error: 'plugin "nobody" does not exist' });
  });

  it("lists itself and its plugins for Prometheus, and every path that it lists can be scraped", async () => {
    const response = await node.get("/discovery");
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json");
    const groups = (await response.json()) as { targets: string[]; labels: Record<string, string> }[];
    const targets = [`127.0.0.1:${node.server.port}`];
    expect(groups).toEqual([
      { targets, labels: { __metrics_path__: "/metrics" } },
      ...["conformance.in-process", "conformance.process", "conformance.worker"].map((name) => ({
        targets,
        labels: { __meta_plugin_name: name, __metrics_path__: `/plugins/${name}/metrics`, plugin: name },
      })),
    ]);
    for (const { labels } of groups) expect((await node.get(labels.__metrics_path__ ?? "")).status).toBe(200);
  });

  it("answers an unknown path or method in one sentence", async () => {
    const nothing = await node.get("/nothing");
    expect(nothing.status).toBe(404);
    expect(await nothing.json()).toEqual({ error: "There is nothing at GET /nothing" });
    const get = await node.get("/plugins/conformance.worker/stop");
    expect(get.status).toBe(405);
    expect(get.headers.get("allow")).toBe("POST");
    expect((await node.post("/discovery")).status).toBe(405);
  });

  it("finds no plugin by any other name, whatever the path holds", async () => {
    // "." and ".." are taken out of a URL before it is sent.
    const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }).filter((text) => !/^\.{1,2}$/.test(text));
    await fc.assert(
      fc.asyncProperty(name, async (name) => {
        const response = await node.get(`/plugins/${encodeURIComponent(name)}/metrics`);
        expect(response.status).toBe(404);
        expect(await response.text()).toBe(`plugin ${JSON.stringify(escapeHtml(name))} does not exist`);
      }),
      { numRuns: 100 },
    );
  });

  it("answers a malformed path with a client's error, and goes on", async () => {
    const path = fc.string({ maxLength: 30 }).map((text) => `/plugins/${text.replace(/[#?\s\\]/g, "%")}/metrics`);
    await fc.assert(
      fc.asyncProperty(path, async (path) => {
        const { status } = await node.get(path);
        expect([200, 400, 404, 405]).toContain(status);
      }),
      { numRuns: 100 },
    );
    expect((await node.get("/plugins")).status).toBe(200);
  });
});

describe("GET /discovery", () => {
  it("names the configured host, else the bound address, else the machine", () => {
    const target = (options: { host?: string; address?: () => string }) =>
      discoveryTargets([], { port: () => 6688, ...options })?.[0]?.targets[0];
    expect(target({ host: "node.example", address: () => "127.0.0.1" })).toBe("node.example:6688");
    expect(target({ address: () => "192.0.2.7" })).toBe("192.0.2.7:6688");
    expect(target({ address: () => "2001:db8::1" })).toBe("[2001:db8::1]:6688");
    for (const address of ["0.0.0.0", "::", ""]) {
      expect(target({ host: "", address: () => address })).toBe(`${hostname()}:6688`);
    }
  });

  it("makes paths that lead back to the name, for any name", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 })), (names) => {
        const [, ...groups] = discoveryTargets(names, { host: "h", port: () => 1 }) ?? [];
        const found = groups.map(({ labels }) => decodeURIComponent(labels.__metrics_path__?.split("/")[2] ?? ""));
        expect(found).toEqual([...names].sort());
      }),
    );
  });

  it("fails rather than send an empty list", async () => {
    await using node = await createNode({ plugins: {}, discovery: { port: () => 0 } });
    const response = await node.get("/discovery");
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ error: "Cannot list the targets: the server is not listening yet" });
  });
});

describe("GET /health and /readyz", () => {
  it("list the plugins' checks as a Chainlink node does, and fail with any of them", async () => {
    await using node = await createNode({
      plugins: { one: { module: conformanceModule, transport: "worker", restart: false } },
      health: async () => [{ name: "jobs.feed", status: "passing", output: "" }],
    });
    for (const [path, others] of [
      ["/health", 1],
      ["/readyz", 0],
    ] as const) {
      const response = await node.get(path);
      expect(response.status).toBe(200);
      const { data } = (await response.json()) as { data: unknown[] };
      expect(data).toHaveLength(1 + others);
      const attributes = { name: "plugins.one", status: "passing", output: "" };
      expect(data.at(-1)).toEqual({ type: "checks", id: "plugins.one", attributes });
    }
    node.runtime.plugin("one").kill();
    await until("the plugin has failed", () => node.runtime.plugin("one").state === "failed");
    for (const path of ["/health", "/readyz"]) {
      const response = await node.get(path);
      expect(response.status).toBe(503);
      expect(JSON.stringify(await response.json())).toContain('"status":"failing"');
    }
  });

  it("answer 207 where only a part of a plugin fails, and 503 where a plugin does", async () => {
    await using node = await createNode({
      plugins: { one: { module: conformanceModule, transport: "worker", restart: false } },
      components: async () => [
        { name: "one.RelayerService", status: "failing", output: "no new heads" },
        { name: "two.RelayerService", status: "passing", output: "" },
      ],
    });
    const ids = async (path: string) => {
      const response = await node.get(path);
      const { data } = (await response.json()) as { data: { id: string }[] };
      return [response.status, ...data.map(({ id }) => id)];
    };
    expect(await ids("/health")).toEqual([207, "one.RelayerService", "plugins.one", "two.RelayerService"]);
    expect(await ids("/health?failing")).toEqual([207, "one.RelayerService"]);
    expect(await ids("/readyz")).toEqual([200, "plugins.one"]);
    node.runtime.plugin("one").kill();
    await until("the plugin has failed", () => node.runtime.plugin("one").state === "failed");
    expect(await ids("/health?failing")).toEqual([503, "one.RelayerService", "plugins.one"]);
  });

  it("are JSON:API, JSON, text or HTML as Accept says, and always text at /health.txt, whatever stands in a check", async () => {
    await using node = await createNode({
      plugins: { one: { module: conformanceModule } },
      components: async () => [
        { name: "two.<Relayer>", status: "failing", output: "no new heads\nok  two\u001b[2J" },
        { name: "two.Chain", status: "passing", output: "" },
      ],
    });
    const text = "ok plugins.one\n!  two.<Relayer>\n\tno new heads\n\tok  two\\x1b[2J\nok two.Chain\n";
    const failing = "!  two.<Relayer>\n\tno new heads\n\tok  two\\x1b[2J\n";
    for (const [path, accept, type, body] of [
      ["/health", "*/*", "application/vnd.api+json", /^\{"data":\[\{"type":"checks","id":"plugins.one"/],
      ["/health", "application/json, text/plain;q=0.5", "application/json", /^\{"data":\[/],
      ["/health", "Text/Plain, application/json;q=0.9", "text/plain; charset=utf-8", text],
      ["/health?failing", "text/plain", "text/plain; charset=utf-8", failing],
      [
        "/health",
        "text/html,application/xml;q=0.9,*/*;q=0.8",
        "text/html; charset=utf-8",
        /<td>two\.&lt;Relayer&gt;<\/td>/,
      ],
      ["/health.txt", "*/*", "text/plain; charset=utf-8", text],
      ["/health.txt?failing", "application/json", "text/plain; charset=utf-8", failing],
    ] as const) {
      const response = await node.get(path, { accept });
      expect([path, accept, response.status, response.headers.get("content-type")]).toEqual([path, accept, 207, type]);
      const got = await response.text();
      if (typeof body === "string") expect(got).toBe(body);
      else expect(got).toMatch(body);
      expect(got).not.toContain("\u001b");
    }
    const ready = await node.get("/readyz", { accept: "text/plain" });
    expect([ready.status, await ready.text()]).toEqual([200, "ok plugins.one\n"]);
  });

  it("ask different questions: the node lives while its plugins do not, and is ready while one only answers no health checks", async () => {
    await using node = await createNode({
      plugins: { one: { module: conformanceModule, transport: "worker", restart: false } },
      ready: async () => [],
    });
    const statuses = async () => {
      const answers = await Promise.all(["/livez", "/readyz", "/health", "/health.txt"].map((path) => node.get(path)));
      return answers.map(({ status }) => status);
    };
    expect(await statuses()).toEqual([200, 200, 200, 200]);
    node.runtime.plugin("one").kill();
    await until("the plugin has failed", () => node.runtime.plugin("one").state === "failed");
    expect(await statuses()).toEqual([200, 503, 503, 503]);
  });

  it("count checks that throw as failing", async () => {
    await using node = await createNode({
      plugins: {},
      health: () => Promise.reject(new Error("the chain is away")),
      onError: () => {},
    });
    const response = await node.get("/health");
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({
      data: [
        {
          type: "checks",
          id: "health",
          attributes: { name: "health", status: "failing", output: "the checks failed; the log says why" },
        },
      ],
    });
    expect((await node.get("/readyz")).status).toBe(200);
  });
});
