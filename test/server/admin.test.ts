import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Conformance } from "../../proto/gen/loopp/v1/conformance_pb.ts";
import type { Order } from "../../src/server/admin.ts";
import { proxyHeaders } from "../../src/server/request-source.ts";
import { until } from "../../src/testing/until.ts";
import { conformanceModule, createNode, sendRaw, type TestNode, type TestNodeOptions } from "./support.ts";

const hanging = new URL("../../src/testing/conformance/setup-hangs.plugin.ts", import.meta.url);
const failing = new URL("../../src/testing/conformance/setup-throws.plugin.ts", import.meta.url);

describe("the admin API", () => {
  let node: TestNode;
  beforeAll(async () => {
    node = await createNode({
      plugins: { one: { module: conformanceModule }, broken: { module: failing, transport: "worker" } },
      autoStart: false,
    });
    await node.runtime.plugin("one").start();
  });
  afterAll(() => node[Symbol.asyncDispose]());

  it("moves a plugin through all transports while its clients go on", async () => {
    const client = node.runtime.client("one", Conformance);
    for (const transport of ["worker", "process", "in-process"]) {
      const response = await node.post("/plugins/one/switch", { transport, overlap: true, drainMs: 1000 });
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual({ drained: 0, cutOff: 0, recreated: 0 });
      expect(await (await node.get("/plugins/one")).json()).toMatchObject({ transport, state: "ready" });
      await client.unary({});
      expect(await (await node.get("/plugins/one/metrics")).text()).toContain("conformance_calls_total");
    }
  });

  it("stops, starts and restarts a plugin", async () => {
    const { generation } = node.runtime.plugin("one").status;
    const stopped = await node.post("/plugins/one/stop");
    expect(stopped.status).toBe(200);
    expect(await stopped.json()).toMatchObject({ name: "one", state: "stopped" });
    const started = await node.post("/plugins/one/start");
    expect(await started.json()).toMatchObject({ state: "ready", generation: generation + 1 });
    const restarted = await node.post("/plugins/one/restart", { overlap: false });
    expect(await restarted.json()).toEqual({ drained: 0, cutOff: 0, recreated: 0 });
    expect(node.runtime.plugin("one").status).toMatchObject({ state: "ready", generation: generation + 2 });
  });

  it.each([
    ["not JSON", "transport=worker", 'the body is not JSON, such as {"transport": "worker"}'],
    ["no transport", {}, 'body.transport: name the transport, such as "worker"'],
    ["no body", undefined, 'body.transport: name the transport, such as "worker"'],
    ["a list", [], "body: expected an object, got a list"],
    ["null", "null", "body: expected an object, got null"],
    [
      "a wrong number",
      { transport: "worker", drainMs: -1 },
      "body.drainMs: expected a number from 0 to 600000, got -1",
    ],
    ["a wrong flag", { transport: "worker", overlap: "no" }, 'body.overlap: expected true or false, got "no"'],
    [
      "an unknown option",
      { transport: "worker", drain: 1 },
      "body.drain: no such option; there are drainMs, overlap, transport",
    ],
    [
      "an unknown transport",
      { transport: "wroker" },
      'plugins.one.transport: there is no transport "wroker"; there are in-process, process, worker',
    ],
  ])("refuses a body that is wrong in one sentence: %s", async (_, body, sentence) => {
    const before = node.runtime.plugin("one").status;
    const response = await node.post("/plugins/one/switch", body);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ error: `Cannot switch plugin "one": ${sentence}` });
    expect(node.runtime.plugin("one").status).toEqual(before);
  });

  it("refuses a body that is too long, with or without a content-length", async () => {
    expect((await node.post("/plugins/one/switch", " ".repeat(70_000))).status).toBe(413);
    const chunked = new ReadableStream({
      start(controller) {
        for (let i = 0; i < 8; i++) controller.enqueue(new Uint8Array(10_000).fill(32));
        controller.close();
      },
    });
    const response = await fetch(`${node.url}/plugins/one/switch`, {
      method: "POST",
      body: chunked,
      duplex: "half",
    } as RequestInit);
    expect(response.status).toBe(413);
  });

  it("accepts requests without a body or a length, and in chunks", async () => {
    const order = (path: string, rest = "\r\n") =>
      sendRaw(
        node.server.port,
        `POST /plugins/${path} HTTP/1.1\r\nHost: 127.0.0.1:${node.server.port}\r\nConnection: close\r\n${rest}`,
      );
    const chunked = (...chunks: string[]) =>
      `Transfer-Encoding: chunked\r\n\r\n${[...chunks, ""].map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join("")}`;
    for (const verb of ["stop", "start", "restart"]) {
      expect(await order(`one/${verb}`)).toMatch(/^HTTP\/1\.1 200 /);
    }
    expect(await order("one/switch")).toMatch(/^HTTP\/1\.1 400 /);
    expect(await order("nobody/stop")).toMatch(/^HTTP\/1\.1 404 /);
    expect(await order("one/switch", chunked('{"transport":', '"worker"}'))).toMatch(/^HTTP\/1\.1 200 /);
    expect(node.runtime.plugin("one").status).toMatchObject({ transport: "worker", state: "ready" });
    expect(await order("one/stop", chunked(" ".repeat(40_000), " ".repeat(40_000)))).toMatch(/^HTTP\/1\.1 413 /);
    expect(node.runtime.plugin("one").state).toBe("ready");
  });

  it("answers 404 for an unknown plugin, and 503 for one that does not start", async () => {
    const unknown = await node.post("/plugins/nobody/restart");
    expect(unknown.status).toBe(404);
    expect(await unknown.json()).toEqual({ error: 'plugin "nobody" does not exist' });
    const broken = await node.post("/plugins/broken/start");
    expect(broken.status).toBe(503);
    expect(await broken.json()).toMatchObject({
      error: expect.stringMatching(/^Cannot start plugin "broken": /),
      code: "launch-failed",
    });
  });

  it("refuses requests from a web page of another origin, to a foreign host name, or from a proxy's clients", async () => {
    const order = (headers: string) =>
      sendRaw(
        node.server.port,
        `POST /plugins/one/stop HTTP/1.1\r\nContent-Length: 0\r\nConnection: close\r\n${headers}\r\n\r\n`,
      );
    const host = `127.0.0.1:${node.server.port}`;
    for (const headers of [
      `Host: ${host}\r\nOrigin: http://evil.example`,
      `Host: ${host}\r\nOrigin: null`,
      `Host: evil.example:${node.server.port}\r\nOrigin: http://evil.example:${node.server.port}`,
      ...proxyHeaders.map((name) => `Host: ${host}\r\n${name.endsWith("-") ? `${name}for` : name}: 127.0.0.1`),
      `Host: ${host}\r\nX-Forwarded-For:`,
      `Host: ${host}\r\nX_Real_IP: 127.0.0.1`,
    ]) {
      expect([headers, await order(headers)]).toEqual([headers, expect.stringMatching(/^HTTP\/1\.1 403 /)]);
    }
    expect(node.runtime.plugin("one").state).toBe("ready");
    expect(await order(`Host: ${host}\r\nOrigin: http://${host}`)).toMatch(/^HTTP\/1\.1 200 /);
    await node.runtime.plugin("one").start();
  });
});

describe("an operation that another one interrupts", () => {
  it("is answered 409: a start that is stopped meanwhile", async () => {
    await using node = await createNode({
      plugins: { slow: { module: hanging, transport: "worker" } },
      autoStart: false,
    });
    const starting = node.post("/plugins/slow/start");
    await until("the plugin is starting", () => node.runtime.plugin("slow").state === "starting");
    expect((await node.post("/plugins/slow/stop")).status).toBe(200);
    const response = await starting;
    expect(response.status).toBe(409);
    expect(await response.json()).toEqual({ error: 'Cannot start plugin "slow": it was stopped meanwhile' });
  });

  it("is carried out at once: a start of a plugin that is backing off", async () => {
    await using node = await createNode({
      plugins: {
        one: { module: conformanceModule, transport: "worker", restart: { initialDelayMs: 10_000, jitter: 0 } },
      },
    });
    node.runtime.plugin("one").kill();
    await until("the plugin has crashed", () => node.runtime.plugin("one").state === "backing-off");
    expect((await node.get("/plugins/one/metrics")).status).toBe(503);
    expect((await node.post("/plugins/one/start")).status).toBe(200);
    expect(node.runtime.plugin("one").state).toBe("ready");
    expect((await node.get("/plugins/one/metrics")).status).toBe(200);
  });
});

describe("the admin token", () => {
  const adminToken = "open sesame, please";
  const elsewhere = { "x-forwarded-for": "192.0.2.1" };
  const start = (options: Partial<TestNodeOptions> = {}) =>
    createNode({ plugins: { one: { module: conformanceModule } }, adminToken, ...options });

  it("lets in requests that send it, wherever they come from", async () => {
    await using node = await start();
    const restart = (headers: Record<string, string>) =>
      node.post("/plugins/one/restart", undefined, { ...elsewhere, ...headers });
    const without = await restart({});
    expect(without.status).toBe(401);
    expect(without.headers.get("www-authenticate")).toBe("Bearer");
    for (const wrong of [
      `Bearer ${adminToken}!`,
      `Bearer ${adminToken.slice(1)}`,
      "Bearer ",
      `Basic ${adminToken}`,
      adminToken,
    ]) {
      const refused = await restart({ authorization: wrong });
      expect([wrong, refused.status, await refused.text()]).toEqual([
        wrong,
        401,
        expect.not.stringContaining("sesame"),
      ]);
    }
    expect((await restart({ authorization: `bearer  ${adminToken}` })).status).toBe(200);
    expect(node.runtime.plugin("one").status.generation).toBe(2);
    expect((await node.post("/plugins/one/restart")).status).toBe(200);
  });

  it("is asked of this machine, too, where the settings say so", async () => {
    await using node = await start({ adminLocal: false });
    expect((await node.post("/plugins/one/restart")).status).toBe(401);
    const authorization = `Bearer ${adminToken}`;
    expect((await node.post("/plugins/one/restart", undefined, { authorization })).status).toBe(200);
    await expect(createNode({ plugins: {}, adminLocal: false })).rejects.toThrow("no request could give orders");
    await expect(createNode({ plugins: {}, adminToken: "" })).rejects.toThrow("must not be empty");
  });

  it("and the address say who gave an order; each is told with its outcome, and none with the token", async () => {
    const orders: Order[] = [];
    await using node = await start({ onOrder: (order) => orders.push(order) });
    await node.post("/plugins/one/switch", { transport: "worker" });
    await node.post("/plugins/one/stop", undefined, { ...elsewhere, authorization: `Bearer ${adminToken}` });
    await node.post("/plugins/two/start", undefined, { ...elsewhere, authorization: "Bearer wrong" });
    await node.post("/plugins/two/start");
    await node.post("/plugins/one/switch", { transport: "boat" });
    const told = {
      plugin: "one",
      address: expect.stringMatching(/^(::ffff:)?127\.0\.0\.1$/),
      durationMs: expect.any(Number),
    };
    expect(orders).toEqual([
      { ...told, verb: "switch", transport: "worker", by: "local", status: 200 },
      { ...told, verb: "stop", by: "token", status: 200 },
      { ...told, verb: "start", plugin: "two", by: "none", status: 401 },
      { ...told, verb: "start", plugin: "two", by: "local", status: 404 },
      { ...told, verb: "switch", by: "local", status: 400 },
    ]);
    expect(JSON.stringify(orders)).not.toContain("sesame");
  });
});
