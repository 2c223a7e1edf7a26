/** Messages that a peer compresses. Ours never are. */
import * as http2 from "node:http2";
import * as net from "node:net";
import { gzipSync } from "node:zlib";
import { Code } from "@connectrpc/connect";
import { describe, expect, it, onTestFinished } from "vitest";
import { failure } from "../../../src/testing/failure.ts";
import { overStreams } from "../../../transports/calls/lanes.ts";
import { noMetadata } from "../../../transports/calls/metadata.ts";
import type { Carrier } from "../../../transports/connection.ts";
import { envelope } from "../../../transports/grpc/envelope.ts";
import type { GrpcStack } from "../../../transports/grpc/stack.ts";
import { stacks } from "./stacks.ts";

const maxMessageBytes = 1000;
const message = new Uint8Array(maxMessageBytes).fill(7);
/** It would be 10 MB. */
const bomb = compressed(new Uint8Array(10_000_000));

function compressed(bytes: Uint8Array): Uint8Array {
  const body = envelope(gzipSync(bytes));
  body[0] = 1;
  return body;
}

async function listen(server: net.Server): Promise<() => net.Socket> {
  const sockets = new Set<net.Socket>();
  server.on("connection", (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as net.AddressInfo;
  return () => net.connect(port, "127.0.0.1");
}

/** Asks a server of ours in HTTP/2's own words, with a carrier that tells how long each message is. */
async function ask(
  stack: GrpcStack,
  path: string,
  body: Uint8Array,
  encoding?: string,
): Promise<Record<string, unknown>> {
  const measured = (bytes: Uint8Array) => Uint8Array.of(bytes.length >> 8, bytes.length);
  const carrier: Carrier<Uint8Array> = {
    ...overStreams(({ input }) => ({
      header: Promise.resolve(noMetadata),
      output: (async function* () {
        for await (const bytes of input) yield measured(bytes);
      })(),
      trailer: Promise.resolve(noMetadata),
    })),
    isUnary: (called) => called === "/any.Service/Unary",
  };
  const server = stack.createServer(carrier, { maxMessageBytes });
  const dial = await listen(net.createServer(server.accept));
  const session = http2.connect("http://localhost", { createConnection: dial });
  onTestFinished(() => session.destroy());
  const fields = { ":method": "POST", ":path": path, "content-type": "application/grpc" };
  const stream = session.request({ ...fields, ...(encoding === undefined ? {} : { "grpc-encoding": encoding }) });
  let got: Record<string, unknown> = {};
  for (const event of ["response", "trailers"]) {
    stream.on(event, (more: Record<string, unknown>) => {
      got = { ...got, ...more };
    });
  }
  const pieces: Buffer[] = [];
  stream.on("data", (piece: Buffer) => pieces.push(piece));
  stream.end(body);
  await new Promise((resolve) => stream.on("close", resolve));
  return { status: Number(got["grpc-status"]), text: got["grpc-message"], body: [...Buffer.concat(pieces)] };
}

const lanes = stacks.flatMap(({ name, stack }) => ["Unary", "Stream"].map((method) => ({ name, stack, method })));

describe.each(lanes)("a server on the stack $name, asked on a $method method,", ({ stack, method }) => {
  const path = `/any.Service/${method}`;

  it("reads messages that are compressed with gzip, and answers as ever", async () => {
    const answer = await ask(stack, path, compressed(message), "gzip");
    expect(answer).toMatchObject({ status: 0, body: [0, 0, 0, 0, 2, 3, 232] });
  });

  it("reads one that is not, where others may be", async () => {
    expect(await ask(stack, path, envelope(message), "gzip")).toMatchObject({
      status: 0,
      body: [0, 0, 0, 0, 2, 3, 232],
    });
  });

  it.each([
    ["comes to more than the limit", bomb, "gzip", Code.ResourceExhausted],
    ["is not what it says", Uint8Array.of(1, 0, 0, 0, 2, 7, 7), "gzip", Code.Internal],
    ["comes without a word of it", compressed(message), undefined, Code.Internal],
    ["is compressed with something else", compressed(message), "zstd", Code.Unimplemented],
  ])("refuses one that %s", async (_, body, encoding, code) => {
    expect(await ask(stack, path, body, encoding)).toMatchObject({ status: code, body: [] });
  });
});

describe.each(stacks)("a client on the stack $name", ({ stack }) => {
  async function call(lane: "unary" | "stream", body: Uint8Array, encoding: Record<string, string>) {
    const server = http2.createServer();
    server.on("stream", (stream) => {
      stream.respond({ ":status": 200, "content-type": "application/grpc", ...encoding }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.end(body);
    });
    const grace = { signal: AbortSignal.abort(), ms: 0 };
    const { bytes, close } = stack.connect(await listen(server), { maxMessageBytes, grace });
    onTestFinished(close);
    const called = { path: "/any.Service/Method", metadata: noMetadata };
    if (lane === "unary") return (await bytes.unary({ ...called, message: Uint8Array.of(1) })).message;
    const input = (async function* () {})();
    const outputs: Uint8Array[] = [];
    for await (const output of bytes.stream({ ...called, input }).output) outputs.push(output);
    return Buffer.concat(outputs);
  }

  it.each(["unary", "stream"] as const)("reads compressed answers on its %s lane, up to the limit", async (lane) => {
    const gzip = { "grpc-encoding": "gzip" };
    expect(Buffer.compare(await call(lane, compressed(message), gzip), message)).toBe(0);
    expect(await failure(() => call(lane, bomb, gzip))).toMatchObject({ code: Code.ResourceExhausted });
    expect(await failure(() => call(lane, compressed(message), {}))).toMatchObject({ code: Code.Internal });
    const other = { "grpc-encoding": "zstd" };
    expect(await failure(() => call(lane, compressed(message), other))).toMatchObject({ code: Code.Internal });
  });
});
