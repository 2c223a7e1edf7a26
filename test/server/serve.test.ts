import { connect } from "node:net";
import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { serveHttp } from "../../src/server/serve.ts";
import { sendRaw } from "./support.ts";

const app = new Hono().get("/", (c) => c.text("hello")).get("/never", () => new Promise<Response>(() => {}));

async function failure(act: () => Promise<unknown>): Promise<Error & { code?: string }> {
  try {
    await act();
  } catch (error) {
    return error as Error;
  }
  throw new Error("it was expected to fail and did not");
}

describe("serveHttp()", () => {
  it("listens on a free port and returns it", async () => {
    const server = await serveHttp(app, { host: "127.0.0.1", port: 0 });
    expect(server.host).toBe("127.0.0.1");
    expect(await (await fetch(`http://127.0.0.1:${server.port}/`)).text()).toBe("hello");
    await server.close();
    await server.close();
    await expect(fetch(`http://127.0.0.1:${server.port}/`)).rejects.toThrow();
  });

  it("names host and port when the port is in use", async () => {
    const server = await serveHttp(app, { host: "127.0.0.1", port: 0 });
    const error = await failure(() => serveHttp(app, { host: "127.0.0.1", port: server.port }));
    expect(error.message).toBe(`Cannot listen on 127.0.0.1 port ${server.port}: the port is in use`);
    expect(error.code).toBe("EADDRINUSE");
    expect((await fetch(`http://127.0.0.1:${server.port}/`)).status).toBe(200);
    await server.close();
  });

  it("names host and port when the address is not this machine's, or is not an address", async () => {
    for (const host of ["192.0.2.1", "no.such.host.invalid"]) {
      const error = await failure(() => serveHttp(app, { host, port: 6688 }));
      expect(error.message).toContain(`Cannot listen on ${host} port 6688: `);
      expect(error.code).toMatch(/^E/);
    }
    expect((await failure(() => serveHttp(app, { host: "127.0.0.1", port: 70_000 }))).message).toContain("70000");
  });

  it("ends idle connections and requests under way within a second when it closes", async () => {
    const server = await serveHttp(app, { host: "127.0.0.1", port: 0 });
    // One connection is kept alive after its answer, one never said anything, one waits for an answer.
    await (await fetch(`http://127.0.0.1:${server.port}/`)).text();
    const silent = connect(server.port, "127.0.0.1");
    const ended = new Promise((resolve) => silent.on("close", resolve).on("error", resolve));
    await new Promise((resolve) => silent.once("connect", resolve));
    const waiting = failure(() => fetch(`http://127.0.0.1:${server.port}/never`).then((answer) => answer.text()));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const begin = performance.now();
    await server.close();
    expect(performance.now() - begin).toBeLessThan(2000);
    expect(await waiting).toBeInstanceOf(Error);
    silent.end();
    await ended;
  });

  it("answers garbage with a client's error or an end, and goes on", async () => {
    const server = await serveHttp(app, { host: "127.0.0.1", port: 0 });
    try {
      for (const bytes of [
        "\u0000\u0001\u0002\r\n\r\n",
        "GARBAGE\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
        "GET http:// HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /\\x HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /%zz%ff HTTP/1.1\r\nHost: x\r\n\r\n",
        `GET / HTTP/1.1\r\nHost: x\r\nA: ${"a".repeat(100_000)}\r\n\r\n`,
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
      ]) {
        const answer = await sendRaw(server.port, bytes);
        expect(answer === "" || /^HTTP\/1\.1 (4\d\d|505) /.test(answer), `${bytes.slice(0, 40)} -> ${answer}`).toBe(
          true,
        );
      }
      expect((await fetch(`http://127.0.0.1:${server.port}/`)).status).toBe(200);
    } finally {
      await server.close();
    }
  });
});
