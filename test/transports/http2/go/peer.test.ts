/** Go's own HTTP/2 at the other end. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { text } from "node:stream/consumers";
import { beforeAll, describe, expect, it } from "vitest";
import { goProgram } from "../../../../scripts/go-program.ts";
import { until } from "../../../../src/testing/until.ts";
import { connectHttp2 } from "../../../../transports/http2/client.ts";
import type { Http2Connection } from "../../../../transports/http2/connection.ts";
import { errorCode } from "../../../../transports/http2/errors.ts";
import { acceptHttp2 } from "../../../../transports/http2/server.ts";
import { ask, echo, responseFields } from "../support.ts";
import { buildTimeoutMs, goPeer } from "./programs.ts";

describe.skipIf(goProgram === undefined)("Go's HTTP/2", () => {
  let peer: string;
  beforeAll(async () => {
    peer = await goPeer("peer");
  }, buildTimeoutMs);

  it("is answered as a client, also while the server closes", async () => {
    const ends: (Error | undefined)[] = [];
    const server = createServer((socket) => {
      const connection: Http2Connection = acceptHttp2(socket, { onEnd: (error) => ends.push(error) }, (...request) => {
        if (request[1].includes("/close")) connection.close();
        return echo(...request);
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const client = spawn(peer, [String(port)]);
    const [said] = await Promise.all([text(client.stderr), once(client, "close")]);
    server.close();
    expect(said).toBe("");
    await until("the connection is over", () => ends.length > 0);
    expect(ends).toEqual([undefined]);
  });

  it("answers as a server, and what it has begun also while it closes", async () => {
    const go = spawn(peer);
    const exited = once(go, "exit");
    const [first] = await once(go.stdout.setEncoding("utf8"), "data");
    const ends: (Error | undefined)[] = [];
    const client = connectHttp2(connect(Number(first), "127.0.0.1"), { onEnd: (error) => ends.push(error) });
    const exchange = async (bytes: number, value: string) => {
      const body = Buffer.alloc(bytes, "0123456789");
      const answer = await ask(client, body, ["x-field", value]);
      expect(answer.reset).toBeUndefined();
      expect(answer.body.equals(body)).toBe(true);
      expect(answer.fields[0]).toEqual(expect.arrayContaining(responseFields.slice(0, 2)));
      expect(answer.fields[1]).toEqual(["x-field", value]);
    };
    for (const bytes of [1, 16_383, 16_384, 16_385, 65_535, 65_536, 1_000_000, 5_000_000]) await exchange(bytes, "v");
    await exchange(10, "long ".repeat(8000).trim());
    await Promise.all(Array.from({ length: 1000 }, (_, index) => exchange(index * 10 + 1, `${index}`)));
    for (let count = 0; count < 500; count++) ask(client, Buffer.alloc(100_000)).stream.reset(errorCode.cancel);
    await exchange(1, "after");

    const last = Array.from({ length: 50 }, () => ask(client));
    const late = client.request(
      [":method", "POST", ":scheme", "http", ":path", "/", ":authority", "x"],
      undefined,
      false,
      {
        onFields: () => go.kill("SIGTERM"),
        onData() {},
        onReset() {},
      },
    );
    for (const { reset } of await Promise.all(last)) expect(reset).toBeUndefined();
    await until("the server has said goodbye", () => !client.isOpen);
    expect(ends).toEqual([]);
    late.write(Buffer.from("the end"), true);
    await until("the connection is over", () => ends.length > 0);
    expect(ends).toEqual([undefined]);
    await exited;
  });
});
