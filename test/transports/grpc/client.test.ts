import { mkdtempSync, renameSync, rmSync } from "node:fs";
import * as http2 from "node:http2";
import * as net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Code } from "@connectrpc/connect";
import { describe, expect, it, onTestFinished } from "vitest";
import { until } from "../../../src/testing/until.ts";
import { envelope } from "../../../transports/grpc/envelope.ts";
import { builtInStack } from "../../../transports/grpc/index.ts";
import type { GrpcConnection } from "../../../transports/grpc/stack.ts";
import { stacks } from "./stacks.ts";

function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "grpc-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Listens until the test is over. @param connections what has to be ended then */
async function listen(server: net.Server, connections: ReadonlySet<{ destroy(): void }>): Promise<string> {
  const path = join(createFolder(), "socket");
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(async () => {
    for (const connection of connections) connection.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return path;
}

/** A server of another make that answers every call with these fields alone. */
async function serveFields(fields: http2.OutgoingHttpHeaders): Promise<string> {
  const server = http2.createServer();
  const sessions = new Set<http2.ServerHttp2Session>();
  server.on("session", (session) => sessions.add(session));
  server.on("stream", (stream) => stream.respond(fields, { endStream: true }));
  return listen(server, sessions);
}

/** Listens as a server of raw HTTP/2 frames, and is told of each call. */
async function serveFrames(onCall: (stream: number, send: (...frames: Buffer[]) => void) => void): Promise<string> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    let read = Buffer.alloc(0);
    let offset = 24;
    socket.on("data", (chunk) => {
      read = Buffer.concat([read, chunk]);
      for (; read.length >= offset + 9; offset += 9 + read.readUIntBE(offset, 3)) {
        if (read[offset + 3] !== frameTypes.headers) continue;
        onCall(read.readUInt32BE(offset + 5), (...frames) => socket.write(Buffer.concat(frames)));
      }
    });
    socket.write(frame(frameTypes.settings, 0, 0, []));
  });
  return listen(server, sockets);
}

function frame(type: number, flags: number, stream: number, payload: Iterable<number>): Buffer {
  const body = [...payload];
  return Buffer.from([0, 0, body.length, type, flags, 0, 0, stream >> 8, stream & 255, ...body]);
}

/** A server that answers the first call with a frame and no more, whatever HTTP/2 says of that. */
function serveFrame(type: number, flags: number, payload: readonly number[]): Promise<string> {
  return serveFrames((stream, send) => send(frame(type, flags, stream, payload)));
}

const endStream = 1;
const endHeaders = 4;

/** ":status: 200", and "content-type" by its number in HTTP/2's own table. */
function responseHeader(stream: number): Buffer {
  const fields = Buffer.concat([Buffer.from([0x88, 0x0f, 0x10, 16]), Buffer.from("application/grpc")]);
  return frame(frameTypes.headers, endHeaders, stream, fields);
}

/** "grpc-status: 0", as text. */
function trailers(stream: number): Buffer {
  return frame(frameTypes.headers, endHeaders | endStream, stream, [
    ...[0, 11, ...Buffer.from("grpc-status")],
    ...[1, ...Buffer.from("0")],
  ]);
}

const frameTypes = { data: 0, headers: 1, rstStream: 3, settings: 4, goaway: 7 };

/** A socket as a process leaves it that was killed. */
async function createDeadSocket(): Promise<string> {
  const folder = createFolder();
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(join(folder, "alive"), resolve));
  renameSync(join(folder, "alive"), join(folder, "dead"));
  await new Promise((resolve) => server.close(resolve));
  return join(folder, "dead");
}

function begin(connection: GrpcConnection, signal: AbortSignal): Promise<unknown> {
  return answers(connection, signal).next();
}

function answers(connection: GrpcConnection, signal: AbortSignal): AsyncIterator<Uint8Array> {
  const { output } = connection.bytes.stream({
    path: "/any.Service/Method",
    metadata: [],
    signal,
    input: (async function* () {})(),
  });
  return output[Symbol.asyncIterator]();
}

describe.each(stacks)("the calling end of gRPC on the stack $name", ({ stack }) => {
  /** @param reads how many answers are asked for */
  async function call(path: string, grace = { signal: AbortSignal.abort(), ms: 0 }, reads = 1): Promise<void> {
    const connection = stack.connect(() => net.connect(path), { maxMessageBytes: 1024, grace });
    try {
      const output = answers(connection, AbortSignal.timeout(30_000));
      for (let read = 0; read < reads; read++) await output.next();
    } finally {
      connection.close();
    }
  }

  it("keeps the text of an error that begins or ends with a space, as Go's servers send it", async () => {
    const path = await serveFields({
      ":status": 200,
      "content-type": "application/grpc",
      "grpc-status": Code.InvalidArgument,
      "grpc-message": " expected nothing but got ",
    });
    await expect(call(path)).rejects.toMatchObject({
      code: Code.InvalidArgument,
      rawMessage: expect.stringMatching(/^ ?expected nothing but got ?$/),
    });
  });

  describe("hears at once, where the connection stands,", () => {
    // The longest that a timer waits: who waits for an explanation that cannot come is not done before the test is.
    const patient = { signal: new AbortController().signal, ms: 2 ** 31 - 1 };

    it.each([
      ["NO_ERROR", Code.Internal],
      ["PROTOCOL_ERROR", Code.Internal],
      ["INTERNAL_ERROR", Code.Internal],
      ["FLOW_CONTROL_ERROR", Code.Internal],
      ["STREAM_CLOSED", Code.Internal],
      ["FRAME_SIZE_ERROR", Code.Internal],
      ["REFUSED_STREAM", Code.Unavailable],
      ["CANCEL", Code.Canceled],
      ["COMPRESSION_ERROR", Code.Internal],
      ["CONNECT_ERROR", Code.Internal],
      ["ENHANCE_YOUR_CALM", Code.ResourceExhausted],
      ["INADEQUATE_SECURITY", Code.PermissionDenied],
      ["HTTP_1_1_REQUIRED", Code.Internal],
    ] as const)("of a stream that is reset with %s, what gRPC says it is", async (name, code) => {
      const reset = [0, 0, 0, http2.constants[`NGHTTP2_${name}`]];
      for (const begin of [[], [responseHeader]]) {
        const path = await serveFrames((stream, send) =>
          send(...begin.map((header) => header(stream)), frame(frameTypes.rstStream, 0, stream, reset)),
        );
        await expect(call(path, patient)).rejects.toMatchObject({ code });
      }
    });

    it("of one that ends without a status", async () => {
      const path = await serveFrames((stream, send) =>
        send(responseHeader(stream), frame(frameTypes.data, endStream, stream, envelope(new Uint8Array(1)))),
      );
      await expect(call(path, patient, 2)).rejects.toMatchObject({ code: Code.Internal });
    });

    it("of one that ends without a word", async () => {
      const path = await serveFrame(frameTypes.data, endStream, []);
      await expect(call(path)).rejects.toMatchObject({
        code: expect.toSatisfy((code) => [Code.Internal, Code.Unavailable].includes(code)),
      });
    });

    it("of a message that is none", async () => {
      const path = await serveFrames((stream, send) =>
        send(responseHeader(stream), frame(frameTypes.data, 0, stream, [9, 0, 0, 0, 0])),
      );
      await expect(call(path, patient)).rejects.toMatchObject({
        code: Code.Internal,
        rawMessage: expect.stringContaining("unknown flags"),
      });
    });
  });

  it("lets go of a peer that floods the connection with informational headers", async () => {
    let sent = 0;
    const path = await serveFrames((stream, send) => {
      // ":status: 103", as text.
      const hint = frame(frameTypes.headers, endHeaders, stream, [0x08, 3, ...Buffer.from("103")]);
      for (; sent < 20_000; sent++) send(hint);
    });
    const lost = Promise.withResolvers<string>();
    const connection = stack.connect(() => net.connect(path), {
      maxMessageBytes: 1024,
      grace: { signal: AbortSignal.abort(), ms: 0 },
      onLost: ({ message }) => lost.resolve(message),
    });
    await expect(begin(connection, AbortSignal.timeout(30_000))).rejects.toMatchObject({ code: Code.Unavailable });
    expect(await lost.promise).toMatch(/informational|one after the other/);
    connection.close();
  });

  // The reference takes a goodbye for a loss, and lets its calls wait for an explanation.
  it.runIf(stack === builtInStack)(
    "has an answer from a server that says goodbye, another connection for what comes then, and an error for what is between",
    async () => {
      const answer = (stream: number) => [
        responseHeader(stream),
        frame(frameTypes.data, 0, stream, envelope(Uint8Array.of(stream))),
        trailers(stream),
      ];
      let calls = 0;
      const path = await serveFrames((stream, send) => {
        calls++;
        // The second call is above the last that is answered.
        if (stream === 3) send(frame(frameTypes.goaway, 0, 0, [0, 0, 0, 1, 0, 0, 0, 0]));
        if (calls === 3) send(...answer(stream));
        if (stream === 3) setTimeout(() => send(...answer(1)), 20);
      });
      const lost: string[] = [];
      const connection = stack.connect(() => net.connect(path), {
        maxMessageBytes: 1024,
        grace: { signal: new AbortController().signal, ms: 2 ** 31 - 1 },
        onLost: ({ message }) => lost.push(message),
      });
      const call = () =>
        connection.bytes.unary({ path: "/any.Service/Method", metadata: [], message: new Uint8Array() });
      const first = call();
      await until("the first call has come", () => calls === 1, { everyMs: 1 });
      await expect(call()).rejects.toMatchObject({ code: Code.Unavailable });
      expect((await call()).message).toEqual(Uint8Array.of(1));
      expect((await first).message).toEqual(Uint8Array.of(1));
      expect({ calls, lost }).toEqual({ calls: 3, lost: [] });
      connection.close();
    },
  );

  it("gives up thousands of calls to a server that ends a connection over a thousand, and loses no other call", async () => {
    const server = http2.createServer();
    const sessions = new Set<http2.ServerHttp2Session>();
    let begun = 0;
    server.on("session", (session) => sessions.add(session));
    server.on("stream", (stream) => {
      begun++;
      stream.on("error", () => {});
    });
    let lost = 0;
    const path = await listen(server, sessions);
    const connection = stack.connect(() => net.connect(path), {
      maxMessageBytes: 1024,
      grace: { signal: AbortSignal.abort(), ms: 0 },
      onLost: () => lost++,
    });
    let ended = false;
    const kept = begin(connection, AbortSignal.timeout(60_000))
      .catch(() => {})
      .finally(() => {
        ended = true;
      });
    for (let round = 1; round <= 60; round++) {
      const caller = new AbortController();
      const calls = Array.from({ length: 50 }, () => begin(connection, caller.signal));
      await until(`all calls of round ${round} have begun`, () => begun >= 1 + round * calls.length, { everyMs: 1 });
      caller.abort();
      for (const { status } of await Promise.allSettled(calls)) expect(status).toBe("rejected");
    }
    expect({ ended, lost }).toEqual({ ended: false, lost: 0 });
    // It does not renew the connection for each of them either.
    expect(sessions.size).toBeLessThan(100);
    connection.close();
    await kept;
  });

  it("breaks out of hundreds of streams of which more is on its way, and loses no other call", async () => {
    const message = (stream: number) => frame(frameTypes.data, 0, stream, envelope(new Uint8Array(10)));
    let sendMore = () => {};
    const path = await serveFrames((stream, send) => {
      send(responseHeader(stream), message(stream));
      sendMore = () => send(...Array.from({ length: 15 }, () => message(stream)));
    });
    let lost = 0;
    const connection = stack.connect(() => net.connect(path), {
      maxMessageBytes: 1024,
      grace: { signal: AbortSignal.abort(), ms: 0 },
      onLost: () => lost++,
    });
    for (let count = 0; count < 300; count++) {
      const caller = new AbortController();
      await begin(connection, caller.signal);
      sendMore();
      caller.abort();
    }
    expect(lost).toBe(0);
    connection.close();
  });

  it("fails a call to a process that was killed, from wherever it is made", async () => {
    const path = await createDeadSocket();
    const soon: readonly ((made: () => void) => unknown)[] = [
      (made) => made(),
      (made) => process.nextTick(made),
      (made) => queueMicrotask(made),
      (made) => setImmediate(made),
      (made) => setTimeout(made),
    ];
    for (const whenever of soon) {
      const made = new Promise((resolve) => whenever(() => resolve(call(path))));
      await expect(made).rejects.toMatchObject({
        code: Code.Unavailable,
        rawMessage: expect.stringContaining("ECONNREFUSED"),
      });
    }
  });
});
