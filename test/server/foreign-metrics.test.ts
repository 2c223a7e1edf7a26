/** Plugins whose HTTP port misbehaves: what a scrape of them answers, and that it never passes on more than their metrics. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { createScraper } from "../../src/observability/scrape.ts";
import { conformanceModule, createNode } from "./support.ts";

interface Port extends AsyncDisposable {
  readonly url: string;
  readonly seen: { readonly path: string; readonly headers: IncomingMessage["headers"] }[];
}

async function listen(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<Port> {
  const seen: Port["seen"] = [];
  const server = createServer((request, response) => {
    seen.push({ path: request.url ?? "", headers: request.headers });
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    seen,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const nodeOver = (url: string) =>
  createNode({ plugins: { foreign: { module: conformanceModule } }, scrapeOf: () => ({ kind: "http", url }) });

/** What a scrape brings, with the scraper's own limit in seconds. */
async function scrape(url: string, limit = "10", path = "/plugins/foreign/metrics") {
  await using node = await nodeOver(url);
  const response = await node.get(path, { "x-prometheus-scrape-timeout-seconds": limit });
  const failures = (await (await node.get("/metrics")).text()).match(
    /(?<=scrape_failures_total\{plugin="foreign",reason=")[\w-]+(?="\} 1)/g,
  );
  return { status: response.status, text: await response.text(), headers: response.headers, failures };
}

describe("a plugin's HTTP port", () => {
  it.each([
    [404, "text/plain", "404 page not found\n"],
    [500, "text/plain; charset=utf-8", "An error has occurred while serving metrics"],
    [503, "application/json", "{}"],
  ])("that answers with status %i has it passed on, and counts as failed", async (status, type, body) => {
    await using port = await listen((_, response) => response.writeHead(status, { "content-type": type }).end(body));
    const got = await scrape(port.url);
    expect([got.status, got.headers.get("content-type"), got.text, got.failures]).toEqual([
      status,
      type,
      body,
      ["failed"],
    ]);
  });

  it("is asked for its metrics and for nothing else, and only type and status come through", async () => {
    await using port = await listen((_, response) => {
      response.writeHead(200, { "content-type": "text/plain", "set-cookie": "a=b", "x-secret": "1", refresh: "0" });
      response.end("up 1\n");
    });
    const got = await scrape(port.url, "4", "/plugins/foreign/metrics?target=/debug/pprof/heap&seconds=30");
    expect(got).toMatchObject({ status: 200, text: "up 1\n", failures: null });
    for (const name of ["set-cookie", "x-secret", "refresh"]) expect(got.headers.get(name)).toBeNull();
    expect(port.seen.map(({ path }) => path)).toEqual(["/metrics"]);
    expect(port.seen[0]?.headers["x-prometheus-scrape-timeout-seconds"]).toBe("3.6");
    await using node = await nodeOver(port.url);
    for (const path of ["debug/pprof/heap", "metrics/x", "metrics/..%2fdebug", "%2e%2e/metrics", "metrics%2f"]) {
      expect([path, (await node.get(`/plugins/foreign/${path}`)).status]).toEqual([path, 404]);
    }
    expect(port.seen).toHaveLength(1);
  });

  it.each([301, 302, 303, 307, 308, 204])("that answers with status %i leads nowhere", async (status) => {
    let followed = false;
    await using elsewhere = await listen((_, response) => {
      followed = true;
      response.end("secret 1\n");
    });
    await using port = await listen((_, response) => response.writeHead(status, { location: elsewhere.url }).end());
    const got = await scrape(port.url);
    expect([got.status, got.headers.get("location"), got.failures]).toEqual([502, null, ["failed"]]);
    expect(followed).toBe(false);
  });

  it.each([
    ["before it answers", () => {}],
    ["half way", (_: IncomingMessage, response: ServerResponse) => void response.writeHead(200).write("up 1\n")],
  ])("that hangs %s is given up in the scraper's time", async (_, answer) => {
    await using port = await listen(answer);
    expect(await scrape(port.url, "0.3")).toMatchObject({
      status: 504,
      text: 'plugin "foreign" did not return its metrics within 270 ms',
      failures: ["too-slow"],
    });
  });

  it("that breaks off half way passes on no half of its metrics", async () => {
    await using port = await listen((_, response) => {
      response.writeHead(200, { "content-length": "1000" });
      response.write("up 1\n", () => response.destroy());
    });
    const got = await scrape(port.url);
    expect(got).toMatchObject({ status: 502, failures: ["failed"] });
    expect(got.text).toContain('Cannot collect the metrics of plugin "foreign"');
  });

  it("that speaks no HTTP is a failure like others", async () => {
    const sockets = new Set<Socket>();
    const server = createTcpServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.end("SSH-2.0-OpenSSH\r\n\r\n");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
      expect(await scrape(url)).toMatchObject({ status: 502, failures: ["failed"] });
    } finally {
      for (const socket of sockets) socket.destroy();
      server.close();
    }
  });

  it.each(["as it is", "compressed"])("that sends more than the limit is cut off: %s", async (how) => {
    const body = Buffer.alloc(4 * 1024 * 1024, "a");
    await using port = await listen((_, response) =>
      how === "compressed"
        ? response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(body))
        : response.writeHead(200).end(body),
    );
    await using node = await nodeOver(port.url);
    const scraper = createScraper({ scrapeOf: () => ({ kind: "http", url: port.url }), maxBodyBytes: 1024 * 1024 });
    expect(await scraper.scrape(node.runtime.plugin("foreign"), { timeoutMs: 10_000 })).toEqual({
      kind: "failed",
      message: `Cannot collect the metrics of plugin "foreign": ${port.url} answered with more than 1048576 bytes`,
    });
  });
});
