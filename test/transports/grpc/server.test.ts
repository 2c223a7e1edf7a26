/** The answering end of gRPC with callers that do not keep to it, and the calling end with a server that does not. */
import { mkdtempSync, rmSync } from "node:fs";
import * as http2 from "node:http2";
import * as net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Duplex } from "node:stream";
import { Code } from "@connectrpc/connect";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { failure } from "../../../src/testing/failure.ts";
import { until } from "../../../src/testing/until.ts";
import { overStreams } from "../../../transports/calls/lanes.ts";
import type { Carrier, StreamCall, UnaryCall } from "../../../transports/connection.ts";
import { envelope } from "../../../transports/grpc/envelope.ts";
import { builtInStack } from "../../../transports/grpc/index.ts";
import type { GrpcConnection } from "../../../transports/grpc/stack.ts";
import { stacks } from "./stacks.ts";

const maxMessageBytes = 1000;
let folder: string;
let path: string;
const closing: (() => unknown)[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "grpc-"));
  path = join(folder, "s.sock");
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  rmSync(folder, { recursive: true, force: true });
});

/** Answers every message with itself, and tells of the calls that it got. */
function createEcho(): { carrier: Carrier<Uint8Array>; calls: StreamCall<Uint8Array>[] } {
  const calls: StreamCall<Uint8Array>[] = [];
  const carrier = overStreams<Uint8Array>((call) => {
    calls.push(call);
    const header = Promise.resolve(["x-echo", call.path, "keep-alive", "nobody's business", "connection", "close"]);
    return { header, output: call.input, trailer: header };
  });
  return { carrier, calls };
}

/** Two streams, of which each has what is written to the other and ends with it. */
function createWire(): readonly [Duplex, Duplex] {
  const end = (other: () => Duplex): Duplex =>
    new Duplex({
      read() {},
      write(chunk, _encoding, done) {
        other().push(chunk);
        done();
      },
      final(done) {
        other().push(null);
        done();
      },
      destroy(error, done) {
        other().destroy();
        done(error);
      },
    });
  const here: Duplex = end(() => there);
  const there: Duplex = end(() => here);
  return [here, there];
}

async function call(client: GrpcConnection, ...input: Uint8Array[]): Promise<Uint8Array[]> {
  async function* messages() {
    yield* input;
  }
  const signal = AbortSignal.timeout(20_000);
  const outputs: Uint8Array[] = [];
  for await (const output of client.bytes.stream({ path: "/test/Echo", metadata: [], signal, input: messages() })
    .output) {
    outputs.push(output);
  }
  return outputs;
}

/** One request in HTTP/2's own words. */
function request(
  fields: http2.OutgoingHttpHeaders,
  body: Uint8Array = new Uint8Array(),
): Promise<{ fields: Record<string, unknown>; trailers: Record<string, unknown> }> {
  const session = http2.connect("http://localhost", { createConnection: () => net.connect(path) });
  session.on("error", () => {});
  closing.push(() => session.destroy());
  return new Promise((resolve, reject) => {
    const stream = session.request(
      { ":method": "POST", ":path": "/test/Echo", "content-type": "application/grpc", te: "trailers", ...fields },
      // Node would end a GET at once.
      { endStream: false },
    );
    let got: Record<string, unknown> = {};
    let trailers: Record<string, unknown> = {};
    stream.on("response", (response) => {
      got = { ...response };
    });
    stream.on("trailers", (last) => {
      trailers = { ...last };
    });
    stream.on("error", reject);
    stream.on("end", () => setImmediate(() => resolve({ fields: got, trailers })));
    stream.resume();
    stream.end(body);
  });
}

describe.each(stacks)("gRPC on the stack $name", ({ stack, saysGoaway }) => {
  async function serve(carrier: Carrier<Uint8Array>, on = path): Promise<{ close(): Promise<void> }> {
    const server = stack.createServer(carrier, { maxMessageBytes });
    const listener = net.createServer(server.accept);
    await new Promise<void>((resolve) => listener.listen(on, resolve));
    const close = async () => {
      listener.close();
      await server.close();
    };
    closing.push(close);
    return { close };
  }

  function connect(onLost = () => {}): GrpcConnection {
    const over = new AbortController();
    const client = stack.connect(() => net.connect(path), {
      maxMessageBytes,
      grace: { signal: over.signal, ms: 50 },
      onLost,
    });
    closing.push(() => client.close());
    return client;
  }

  describe("its server", () => {
    it("answers after any number of callers that speak something else", async () => {
      await serve(createEcho().carrier);
      const strangers = [
        Buffer.alloc(3000, 0xff),
        Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
        Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        Buffer.concat([Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), Buffer.alloc(500, 0xff)]),
        Buffer.alloc(0),
      ];
      for (let round = 0; round < 5; round++) {
        for (const bytes of strangers) {
          const socket = net.connect(path);
          socket.on("error", () => {});
          await new Promise((resolve) => socket.write(bytes, resolve));
          if (round % 2 === 0) socket.destroy();
          else closing.push(() => socket.destroy());
        }
      }
      expect(await call(connect(), Uint8Array.of(1), Uint8Array.of(2))).toEqual([Uint8Array.of(1), Uint8Array.of(2)]);
    });

    it.each([
      ["a call of another protocol", { "content-type": "application/json" }, 415],
      ["a call without a content type", { "content-type": "" }, 415],
      ["a call with messages of another form", { "content-type": "application/grpc+json" }, 415],
      ["a question that is no call", { ":method": "GET" }, 405],
    ])("refuses %s without asking its handler", async (_, fields, status) => {
      const { carrier, calls } = createEcho();
      await serve(carrier);
      expect((await request(fields)).fields[":status"]).toBe(status);
      expect(calls).toEqual([]);
    });

    it.each([
      ["a deadline in another form", { "grpc-timeout": "1.5S" }, envelope(Uint8Array.of(1)), Code.InvalidArgument],
      ["a compressed message", {}, Uint8Array.of(1, 0, 0, 0, 1, 7), Code.Internal],
      ["a message with unknown flags", {}, Uint8Array.of(64, 0, 0, 0, 1, 7), Code.Internal],
      ["a message over the limit", {}, Uint8Array.of(0, 0xff, 0xff, 0xff, 0xff, 7), Code.ResourceExhausted],
      ["a body that ends inside a message", {}, Uint8Array.of(0, 0, 0, 0, 9, 7), Code.Internal],
      ["a body that ends inside a length", {}, Uint8Array.of(0, 0), Code.Internal],
    ])("answers %s with its status", async (_, fields, body, code) => {
      await serve(createEcho().carrier);
      const { fields: got, trailers } = await request(fields, body);
      const status = { ...got, ...trailers }["grpc-status"];
      expect([got[":status"], Number(status)]).toEqual([200, code]);
    });

    it.each([
      ["no message", [], "no request message"],
      ["two messages", [Uint8Array.of(1), Uint8Array.of(2)], "a second request message"],
    ])("answers %s to a unary method with a status", async (_, messages, text) => {
      const { carrier, calls } = createEcho();
      const unary = async ({ message }: UnaryCall<Uint8Array>) => ({ message, header: [], trailer: [] });
      // On the reference stack, all calls are streams, and the methods see to it themselves.
      if (stack !== builtInStack) return;
      await serve({ ...carrier, unary, isUnary: () => true });
      const { fields, trailers } = await request({}, Buffer.concat(messages.map(envelope)));
      const { "grpc-status": status, "grpc-message": message } = { ...fields, ...trailers };
      expect([Number(status), message]).toEqual([Code.Unimplemented, `test.Echo got ${text}`]);
      expect(calls).toEqual([]);
    });

    it("says which compression it reads to a caller that has sent another", async () => {
      await serve(createEcho().carrier);
      const { fields, trailers } = await request({ "grpc-encoding": "zip" }, Uint8Array.of(1, 0, 0, 0, 1, 7));
      const { "grpc-status": status, "grpc-message": message } = { ...fields, ...trailers };
      expect([Number(status), message]).toEqual([Code.Unimplemented, expect.stringContaining("zip")]);
      expect(fields["grpc-accept-encoding"]).toBe("identity,gzip");
    });

    it("hands on the caller's metadata and nothing else, and answers with nothing else", async () => {
      const { carrier, calls } = createEcho();
      await serve(carrier);
      const own = {
        "x-own": "1",
        "x-own-bin": "AP8Q",
        "grpc-timeout": "5S",
        "user-agent": "me",
        "grpc-encoding": "identity",
      };
      const before = performance.now();
      const { fields, trailers } = await request(own, envelope(Uint8Array.of(1)));
      expect(calls[0]?.metadata).toEqual(["x-own", "1", "x-own-bin", "AP8Q"]);
      expect(Math.ceil((calls[0]?.deadline ?? 0) - before)).toBeGreaterThanOrEqual(5000);
      expect(fields["x-echo"]).toBe("/test/Echo");
      expect(trailers).toMatchObject({ "grpc-status": "0", "x-echo": "/test/Echo" });
      for (const name of ["keep-alive", "connection"]) expect({ ...fields, ...trailers }).not.toHaveProperty(name);
    });

    it("lets go of a call whose caller vanishes", async () => {
      const { carrier, calls } = createEcho();
      await serve(carrier);
      const sockets: net.Socket[] = [];
      const session = http2.connect("http://localhost", {
        createConnection: () => {
          const socket = net.connect(path);
          sockets.push(socket);
          return socket;
        },
      });
      session.on("error", () => {});
      const stream = session.request({ ":method": "POST", ":path": "/test/Echo", "content-type": "application/grpc" });
      stream.on("error", () => {});
      stream.write(envelope(Uint8Array.of(1)));
      await until("the call has come", () => calls.length === 1);
      for (const socket of sockets) socket.destroy();
      await until("the call is aborted", () => calls[0]?.signal?.aborted === true);
    });

    /** Answers with its header, and then no more. */
    const silent = overStreams<Uint8Array>(() => ({
      header: Promise.resolve([]),
      output: { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) },
      trailer: Promise.resolve([]),
    }));

    it("gives every call in flight a status when it is closed", async () => {
      const server = await serve(silent);
      const pending = failure(() => call(connect(), Uint8Array.of(1)));
      await new Promise((resolve) => setTimeout(resolve, 50));
      await server.close();
      expect(await pending).toMatchObject({ code: Code.Unavailable });
    });

    it("answers what is under way when it is closed, and then ends the connection", async () => {
      const server = await serve(silent);
      const session = http2.connect("http://localhost", { createConnection: () => net.connect(path) });
      closing.push(() => session.destroy());
      const goaways: number[] = [];
      session.on("error", () => {});
      session.on("goaway", (code) => goaways.push(code));
      const stream = session.request({ ":method": "POST", ":path": "/test/Any", "content-type": "application/grpc" });
      const trailers = new Promise((resolve) => stream.on("trailers", resolve));
      const closed = new Promise((resolve) => session.on("close", resolve));
      stream.on("error", () => {}).end();
      stream.resume();
      await new Promise((resolve) => stream.on("response", resolve));
      await server.close();
      expect(await trailers).toMatchObject({ "grpc-status": String(Code.Unavailable) });
      await closed;
      expect(goaways).toEqual(saysGoaway ? [http2.constants.NGHTTP2_NO_ERROR] : []);
    });
  });

  it("needs no sockets, only the two ends of anything that carries bytes", async () => {
    const { carrier, calls } = createEcho();
    const server = stack.createServer(carrier, { maxMessageBytes });
    const ends: Duplex[] = [];
    const client = stack.connect(
      () => {
        const [here, there] = createWire();
        ends.push(here, there);
        server.accept(there);
        return here;
      },
      { maxMessageBytes, grace: { signal: AbortSignal.abort(), ms: 0 } },
    );
    const large = new Uint8Array(maxMessageBytes - 100).fill(7);
    expect(await call(client, Uint8Array.of(1), large)).toEqual([Uint8Array.of(1), large]);
    expect(await call(client)).toEqual([]);
    expect(calls).toHaveLength(2);
    expect(ends).toHaveLength(2);
    await server.close();
    await until("both ends are closed", () => ends.every(({ destroyed }) => destroyed));
    expect(await failure(() => call(client, Uint8Array.of(1)))).toMatchObject({ code: Code.Unavailable });
    expect(ends).toHaveLength(4);
    client.close();
  });

  describe("its client", () => {
    it("makes a new connection after one that broke, as often as that happens", async () => {
      let connections = 0;
      let last: net.Socket | undefined;
      // Every odd connection speaks garbage, and every even one leads to a real server.
      const inner = `${path}.inner`;
      await serve(createEcho().carrier, inner);
      const front = net.createServer((socket) => {
        socket.on("error", () => {});
        last = socket;
        if (++connections % 2 === 1) return void socket.write(Buffer.alloc(1000, 0xff));
        const through = net.connect(inner);
        through.on("error", () => {});
        socket.pipe(through).pipe(socket);
      });
      await new Promise<void>((resolve) => front.listen(path, resolve));
      closing.push(() => front.close());
      let lost = 0;
      const client = connect(() => lost++);
      for (let round = 1; round <= 3; round++) {
        expect((await failure(() => call(client, Uint8Array.of(1)))).code).toBe(Code.Unavailable);
        expect(await call(client, Uint8Array.of(2))).toEqual([Uint8Array.of(2)]);
        expect(await call(client, Uint8Array.of(3))).toEqual([Uint8Array.of(3)]);
        last?.destroy();
        await until(`${2 * round} connections are lost`, () => lost === 2 * round);
      }
      expect(connections).toBe(6);
    });

    it("refuses calls after it was closed", async () => {
      await serve(createEcho().carrier);
      const client = connect();
      await call(client, Uint8Array.of(1));
      client.close();
      expect((await failure(() => call(client, Uint8Array.of(1)))).code).toBe(Code.Unavailable);
    });

    it("tells the input that nobody wants it any more", async () => {
      await serve(
        overStreams(({ input }) => ({
          header: Promise.resolve([]),
          output: (async function* () {
            for await (const message of input) {
              yield message;
              return;
            }
          })(),
          trailer: Promise.resolve([]),
        })),
      );
      let ended = false;
      async function* input() {
        try {
          for (;;) {
            yield new Uint8Array(900);
            await new Promise((resolve) => setTimeout(resolve, 1));
          }
        } finally {
          ended = true;
        }
      }
      const signal = AbortSignal.timeout(20_000);
      const { output } = connect().bytes.stream({ path: "/test/Echo", metadata: [], signal, input: input() });
      let count = 0;
      for await (const _ of output) count++;
      expect(count).toBe(1);
      await until("the handler has ended", () => ended);
    });
  });
});
