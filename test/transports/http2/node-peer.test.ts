/** `node:http2` of the runtime at the other end: what is on a machine already, and other code than ours in every line. */
import { once } from "node:events";
import * as http2 from "node:http2";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { buffer } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "vitest";
import { until } from "../../../src/testing/until.ts";
import { runtimeName } from "../../../src/values/platform.ts";
import { connectHttp2 } from "../../../transports/http2/client.ts";
import type { Fields, Http2Client } from "../../../transports/http2/connection.ts";
import { acceptHttp2 } from "../../../transports/http2/server.ts";
import { ask, echo } from "./support.ts";

const sizes = [0, 1, 16_383, 16_384, 16_385, 65_535, 65_536, 1_000_000, 5_000_000];

/** Pseudo-random and the same each time: names and values of all lengths, many of which come again. */
function fieldsOf(seed: number): Fields {
  let state = seed;
  const next = (below: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * below);
  };
  const letters = "abcdefghijklmnopqrstuvwxyz0123456789-_ ~!#$%&'()*+,./:;<=>?@[]^`{|}ABCXYZ";
  const text = (length: number, from: number) => {
    const characters = Array.from({ length }, () => letters[next(from)] ?? "a");
    return characters.join("").trim();
  };
  return Array.from({ length: next(8) }, (_, index) => [
    `x-${index}-${next(3) === 0 ? text(1 + next(20), 26) : next(4)}`,
    next(3) === 0 ? text(next(next(10) === 0 ? 3000 : 60), letters.length) : `${next(4)}`,
  ]).flat();
}

const asObject = (fields: Fields) =>
  Object.fromEntries(fields.flatMap((name, index) => (index % 2 === 0 ? [[name, fields[index + 1]!] as const] : [])));

describe("node:http2", () => {
  const endings: (() => void)[] = [];
  afterEach(() => {
    for (const end of endings.splice(0)) end();
  });

  async function listen(server: Server | http2.Http2Server): Promise<number> {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  }

  describe("as a server", () => {
    /** Sends everything back, the x- fields as trailers. */
    async function start(): Promise<Http2Client & { readonly ends: (Error | undefined)[] }> {
      const server = http2.createServer();
      server.on("sessionError", () => {});
      server.on("stream", (stream, fields) => {
        stream.on("error", () => {});
        stream.respond({ ":status": 200 }, { waitForTrailers: true });
        const own = Object.entries(fields).filter(([name]) => name.startsWith("x-"));
        stream.on("wantTrailers", () => stream.sendTrailers(Object.fromEntries(own)));
        stream.pipe(stream);
      });
      const socket = connect(await listen(server), "127.0.0.1");
      const ends: (Error | undefined)[] = [];
      const client = connectHttp2(socket, { onEnd: (error) => ends.push(error) });
      endings.push(() => {
        client.destroy();
        server.close();
      });
      return Object.assign(client, { ends });
    }

    it("sends back bodies and fields of all sizes", async () => {
      const client = await start();
      for (const [index, size] of sizes.entries()) {
        const body = Buffer.alloc(size, "0123456789");
        const more = fieldsOf(index + 1);
        const { body: answer, fields, reset } = await ask(client, body, more);
        expect(reset).toBeUndefined();
        expect(answer.equals(body)).toBe(true);
        expect(asObject(fields[1] ?? [])).toEqual(asObject(more));
      }
      const answers = await Promise.all(
        Array.from({ length: 500 }, (_, index) => ask(client, Buffer.alloc(index + 1), fieldsOf(index))),
      );
      for (const [index, { body, fields }] of answers.entries()) {
        expect(body.length).toBe(index + 1);
        expect(asObject(fields[1] ?? [])).toEqual(asObject(fieldsOf(index)));
      }
      // Deno's HTTP/2 aborts the whole process over some goodbyes.
      if (runtimeName === "deno") return;
      client.close();
      await until("the connection is over", () => client.ends.length > 0);
      expect(client.ends).toEqual([undefined]);
    });

    it("bears with streams that are given up", async () => {
      const client = await start();
      for (let count = 0; count < 300; count++) ask(client, Buffer.alloc(50_000)).stream.reset(8);
      expect((await ask(client, Buffer.from("after"))).body.toString()).toBe("after");
    });
  });

  describe("as a client", () => {
    async function start(): Promise<http2.ClientHttp2Session> {
      const server = createServer((socket) => {
        const connection = acceptHttp2(socket, { onEnd() {} }, echo);
        endings.push(() => connection.destroy());
      });
      const port = await listen(server);
      const session = http2.connect("http://localhost", { createConnection: () => connect(port, "127.0.0.1") });
      session.on("error", () => {});
      await once(session, "connect");
      endings.push(() => {
        session.destroy();
        server.close();
      });
      return session;
    }

    async function exchange(session: http2.ClientHttp2Session, size: number, fields: Fields): Promise<void> {
      const body = Buffer.alloc(size, "0123456789");
      const stream = session.request({ ":method": "POST", ":path": "/", ...asObject(fields) });
      let trailers: http2.IncomingHttpHeaders = {};
      stream.on("trailers", (received) => {
        trailers = Object.fromEntries(Object.entries(received));
      });
      stream.end(body);
      const answer = await buffer(stream);
      expect(answer.equals(body)).toBe(true);
      expect(trailers).toEqual(asObject(fields));
    }

    it("gets back bodies and fields of all sizes", async () => {
      const session = await start();
      for (const [index, size] of sizes.entries()) await exchange(session, size, ["x-a", "b", ...fieldsOf(index + 1)]);
      const together = Array.from({ length: 300 }, (_, index) =>
        exchange(session, index + 1, ["x-a", "b", ...fieldsOf(index)]),
      );
      await Promise.all(together);
    });

    it("gets its pings answered", async () => {
      const session = await start();
      const payload = await new Promise<Buffer>((resolve, reject) => {
        session.ping(Buffer.from("8 bytes!"), (error, _duration, answer) => (error ? reject(error) : resolve(answer)));
      });
      expect(payload.toString()).toBe("8 bytes!");
    });
  });
});
