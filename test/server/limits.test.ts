/** What clients cost that take a connection and do nothing with it, or ask and do not read. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { createHeldAnswers } from "../../src/http/held-answers.ts";
import { createSend } from "../../src/server/send.ts";
import { serveHttp } from "../../src/server/serve.ts";
import { until } from "../../src/testing/until.ts";

interface Client {
  readonly socket: Socket;
  readonly isOpen: boolean;
}

/** A client that reads nothing until it is told to. */
async function open(port: number, request = ""): Promise<Client> {
  const socket = connect(port, "127.0.0.1").pause();
  let isOpen = true;
  socket.on("error", () => {});
  socket.on("close", () => {
    isOpen = false;
  });
  await once(socket, "connect");
  socket.write(request);
  return {
    socket,
    get isOpen() {
      return isOpen;
    },
  };
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;
const body = new Uint8Array(16 * 1024 * 1024).fill(120);

async function serve(limits: { maxConnections?: number; answerMs?: number }) {
  const asked = { count: 0 };
  /** Connections on which a long answer was begun. */
  const sockets = new Set<unknown>();
  const send = createSend();
  const waiting = Promise.withResolvers<void>();
  const app = new Hono()
    .get("/", (c) => c.text("hello"))
    .get("/wait", async (c) => {
      asked.count++;
      await waiting.promise;
      return c.text("late");
    })
    .get("/long", (c) => {
      asked.count++;
      const { socket } = (c.env as HttpBindings).incoming;
      if (!sockets.has(socket)) socket.once("close", () => sockets.delete(socket));
      sockets.add(socket);
      return send(c, 200, body, {});
    });
  const server = await serveHttp(app, { host: "127.0.0.1", port: 0, ...limits });
  return {
    asked,
    sockets,
    answer: () => waiting.resolve(),
    port: server.port,
    fetch: (path: string) => fetch(`http://127.0.0.1:${server.port}${path}`, { headers: { connection: "close" } }),
    [Symbol.asyncDispose]: server.close,
  };
}

describe("a server with a limit of connections", () => {
  it("ends the one that has been idle for longest to let in a new one, and never one whose request is under way", async () => {
    await using server = await serve({ maxConnections: 3 });
    const busy = await open(server.port, get("/wait"));
    await until("it is asked", () => server.asked.count === 1);
    const oldest = await open(server.port);
    const kept = await open(server.port, get("/").replace("\r\n\r\n", ""));
    const flood: Client[] = [];
    for (let n = 0; n < 20; n++) flood.push(await open(server.port));
    expect(await (await server.fetch("/")).text()).toBe("hello");
    for (const { socket } of [oldest, kept, ...flood]) socket.resume();
    await until(
      "the others have been ended",
      () => [oldest, kept, ...flood].filter(({ isOpen }) => isOpen).length <= 2,
    );
    server.answer();
    const [chunk] = await once(busy.socket.resume(), "data");
    expect(String(chunk)).toContain("late");
    for (const { socket } of [busy, ...flood]) socket.destroy();
  });

  it("refuses a new one while there is a request on each, and lets in others afterwards", async () => {
    await using server = await serve({ maxConnections: 2 });
    const busy = [await open(server.port, get("/wait")), await open(server.port, get("/wait"))];
    await until("both are asked", () => server.asked.count === 2);
    await expect(server.fetch("/")).rejects.toThrow();
    for (const { isOpen } of busy) expect(isOpen).toBe(true);
    server.answer();
    for (const { socket } of busy) await once(socket.resume(), "data");
    expect((await server.fetch("/")).status).toBe(200);
    for (const { socket } of busy) socket.destroy();
  });
});

describe("an answer", () => {
  it("that is not read is ended with its connection", async () => {
    await using server = await serve({ answerMs: 100 });
    const clients = [await open(server.port, get("/long")), await open(server.port, get("/long").repeat(3))];
    await until("all are asked", () => server.asked.count === 4);
    await until("both connections are ended", () => server.sockets.size === 0);
    // A client sees the end only when it has read what came before.
    for (const { socket } of clients) socket.resume();
    await until("both are ended", () => clients.every(({ isOpen }) => !isOpen));
    expect((await server.fetch("/")).status).toBe(200);
  });

  it("is not made for whoever asks again and again without reading", async () => {
    await using server = await serve({});
    const client = await open(server.port, get("/long").repeat(1000));
    await until("the connection is ended", () => server.asked.count > 0 && server.sockets.size === 0);
    expect(server.asked.count).toBeLessThan(20);
    client.socket.resume();
    await until("the client sees it", () => !client.isOpen);
  });

  it("is the same when it is read late, in pieces, and by HEAD", async () => {
    await using server = await serve({});
    const response = await server.fetch("/long");
    expect(response.headers.get("content-length")).toBe(`${body.length}`);
    expect(Buffer.compare(Buffer.from(await response.arrayBuffer()), body)).toBe(0);
    const head = await fetch(`http://127.0.0.1:${server.port}/long`, { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
    const late = await open(server.port, get("/long"));
    await until("it is asked", () => server.asked.count === 3);
    let bytes = 0;
    late.socket.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
    });
    late.socket.resume();
    await until("all of it has come", () => bytes > body.length);
    late.socket.destroy();
  });
});

describe("answers that are not read", () => {
  it("have a limit together, beyond which readers of the oldest are ended; one that many read counts once", () => {
    const held = createHeldAnswers(100);
    const ended: string[] = [];
    const hold = (name: string, body: Uint8Array) => held.hold(body, () => ended.push(name));
    const [a, b, c] = [new Uint8Array(60), new Uint8Array(40), new Uint8Array(30)];
    const done = [hold("a1", a), hold("a2", a), hold("b", b)];
    expect(ended).toEqual([]);
    done[0]?.();
    hold("c", c);
    expect(ended).toEqual(["a2"]);
    done[1]?.();
    const again = hold("a3", a);
    expect(ended).toEqual(["a2", "b"]);
    again();
    hold("d", new Uint8Array(1000));
    expect(ended).toEqual(["a2", "b", "c"]);
  });
});
