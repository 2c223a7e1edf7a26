/** What is shown, and to whom: nothing that a plugin said as it died, and nothing to pages whose host name was pointed at this machine. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Conformance, DieRequest_How } from "../../proto/gen/loopp/v1/conformance_pb.ts";
import { until } from "../../src/testing/until.ts";
import { conformanceModule, createNode, sendRaw, type TestNode } from "./support.ts";

const isolated = ["worker", "process"] as const;

const routes = (plugin: string) => [
  "/",
  "/page.js",
  "/discovery",
  "/metrics",
  "/plugins",
  `/plugins/${plugin}`,
  `/plugins/${plugin}/metrics`,
  "/health",
  "/health.txt",
  "/readyz",
  "/livez",
  "/nothing",
];

describe("a plugin that died by an exception", () => {
  it.each(isolated)("is shown with the runtime's own words alone, on every route: %s", async (transport) => {
    const plugins = { one: { module: conformanceModule, transport, restart: false as const } };
    await using node = await createNode({ plugins });
    const plugin = node.runtime.plugin("one");
    const died = node.runtime.client("one", Conformance).die({ how: DieRequest_How.THROW });
    await expect(died).rejects.toThrow();
    await until("the plugin has failed", () => plugin.state === "failed");
    expect(JSON.stringify(plugin.status.lastExit)).toContain("thrown on purpose");
    for (const path of routes("one")) {
      expect([path, await (await node.get(path)).text()]).toEqual([
        path,
        expect.not.stringMatching(/on purpose|Error:/),
      ]);
    }
    const { lastExit } = (await (await node.get("/plugins/one")).json()) as { lastExit: object };
    const { reason, code } = plugin.status.lastExit ?? {};
    expect(lastExit).toEqual({ reason, code });
  });
});

describe("an error in the node", () => {
  it("is told to the log and not to whoever asked", async () => {
    const secret = new Error("cannot reach postgres://app:hunter2@db/prices");
    const errors: unknown[] = [];
    await using node = await createNode({
      plugins: {},
      components: () => Promise.reject(secret),
      discovery: {
        port() {
          throw secret;
        },
      },
      onError: (error) => errors.push(error),
    });
    const discovery = await node.get("/discovery");
    expect([discovery.status, await discovery.json()]).toEqual([
      500,
      { error: "The node could not answer this request; its log says why" },
    ]);
    const health = await node.get("/health.txt");
    expect([health.status, await health.text()]).toEqual([
      207,
      "!  components\n\tthe checks failed; the log says why\n",
    ]);
    expect(errors).toEqual([secret, secret]);
  });
});

describe("a server on loopback", () => {
  let node: TestNode;
  beforeAll(async () => {
    node = await createNode({ plugins: { one: { module: conformanceModule } }, hosts: ["node.example"] });
  });
  afterAll(() => node[Symbol.asyncDispose]());

  const statusOf = async (request: string, host: string, { server } = node) => {
    const answer = await sendRaw(server.port, `${request} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    return Number(/^HTTP\/1\.1 (\d+) /.exec(answer)?.[1]);
  };

  it("answers no request to a name that anybody may have pointed at it, on any route", async () => {
    const { port } = node.server;
    const requests = [...routes("one").map((path) => `GET ${path}`), "HEAD /plugins", "POST /plugins/one/stop"];
    for (const request of requests) {
      for (const host of [
        `rebound.evil.example:${port}`,
        "127.0.0.1.evil.example",
        "notlocalhost",
        "node.example.evil.example",
      ]) {
        expect([request, host, await statusOf(request, host)]).toEqual([request, host, 403]);
      }
    }
    expect(node.runtime.plugin("one").state).toBe("ready");
  });

  it("answers to addresses, to localhost, and to the names in its settings", async () => {
    for (const host of [
      "127.0.0.1",
      "192.0.2.7:80",
      "[::1]:6688",
      "localhost",
      "LOCALHOST:1",
      "my.localhost",
      "Node.Example:443",
    ]) {
      expect([host, await statusOf("GET /plugins", host)]).toEqual([host, 200]);
    }
    expect(await statusOf("POST /plugins/one/restart", "node.example")).toBe(200);
  });

  it("which listens elsewhere, too, may have any name, but for orders", async () => {
    await using open = await createNode({ plugins: { one: { module: conformanceModule } }, host: "0.0.0.0" });
    expect(await statusOf("GET /plugins", "node.example", open)).toBe(200);
    expect(await statusOf("POST /plugins/one/restart", "node.example", open)).toBe(403);
  });
});
