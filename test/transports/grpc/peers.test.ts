/** gRPC of other makes, as the callers of our server and the servers of our caller, on the built-in stack. */
import * as http2 from "node:http2";
import * as net from "node:net";
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { type Client, Code, createClient as createConnectClient } from "@connectrpc/connect";
import { connectNodeAdapter, createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import * as grpcJs from "@grpc/grpc-js";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  Conformance,
  ConformanceRequestSchema,
  type ConformanceResponse,
  ConformanceResponseSchema,
} from "../../../proto/gen/loopp/v1/conformance_pb.ts";
import { conformanceRoutes } from "../../../src/testing/conformance/conformance.plugin.ts";
import { answerBytes } from "../../../transports/calls/answer.ts";
import { createClient } from "../../../transports/calls/client.ts";
import { createConnection, overBytes } from "../../../transports/calls/connection.ts";
import { builtInStack } from "../../../transports/grpc/index.ts";

const maxMessageBytes = 4 * 1024 * 1024;
const limits = { maxMessageBytes };

type Wanted = MessageInitShape<typeof ConformanceRequestSchema>;

/** What all makes can do, in one form. */
interface Caller {
  unary(request: Wanted, options?: CallOptions): Promise<ConformanceResponse>;
  serverStream(request: Wanted): AsyncIterable<ConformanceResponse>;
}

interface CallOptions {
  readonly timeoutMs?: number;
  readonly headers?: Record<string, string>;
  onTrailer?(trailer: Headers): void;
}

/** Listens on TCP until the test is over. */
async function listen(server: net.Server, end: () => unknown): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    await end();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as net.AddressInfo).port;
}

async function serveOurs(): Promise<number> {
  const server = builtInStack.createServer(answerBytes(conformanceRoutes({}), maxMessageBytes), limits);
  return listen(net.createServer(server.accept), () => server.close());
}

async function serveConnectNode(): Promise<number> {
  const sessions = new Set<http2.ServerHttp2Session>();
  const server = http2.createServer(connectNodeAdapter({ routes: conformanceRoutes({}) }));
  server.on("session", (session) => sessions.add(session));
  return listen(server, () => {
    for (const session of sessions) session.destroy();
  });
}

const path = (method: keyof typeof Conformance.method) => `/${Conformance.typeName}/${Conformance.method[method].name}`;
const toBuffer = (request: Wanted) =>
  Buffer.from(toBinary(ConformanceRequestSchema, create(ConformanceRequestSchema, request)));
const fromBuffer = (bytes: Buffer) => fromBinary(ConformanceResponseSchema, bytes);

async function serveGrpcJs(): Promise<number> {
  const definition = {
    requestSerialize: toBuffer,
    requestDeserialize: (bytes: Buffer) => fromBinary(ConformanceRequestSchema, bytes),
    responseSerialize: (response: ConformanceResponse) => Buffer.from(toBinary(ConformanceResponseSchema, response)),
    responseDeserialize: fromBuffer,
    requestStream: false,
  };
  const server = new grpcJs.Server();
  const service = {
    unary: { ...definition, path: path("unary"), responseStream: false },
    serverStream: { ...definition, path: path("serverStream"), responseStream: true },
  };
  server.addService(service as grpcJs.ServiceDefinition, {
    unary(
      call: grpcJs.ServerUnaryCall<Wanted, ConformanceResponse>,
      answer: grpcJs.sendUnaryData<ConformanceResponse>,
    ) {
      const { data = new Uint8Array(), error, hang } = call.request;
      const trailer = new grpcJs.Metadata();
      trailer.set("x-own-bin", Buffer.from([0, 255]));
      if (hang) return;
      if (error) answer({ code: error.code ?? 0, details: error.message ?? "", metadata: trailer });
      else answer(null, create(ConformanceResponseSchema, { data, received: 1 }), trailer);
    },
    serverStream(call: grpcJs.ServerWritableStream<Wanted, ConformanceResponse>) {
      const { count = 0, sizeBytes = 0 } = call.request;
      const data = new Uint8Array(sizeBytes);
      for (let sent = 0; sent < count; sent++) call.write(create(ConformanceResponseSchema, { data }));
      call.end();
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpcJs.ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  onTestFinished(() => server.forceShutdown());
  return port;
}

function callOurs(port: number): Client<typeof Conformance> {
  const over = new AbortController();
  const grace = { signal: over.signal, ms: 0 };
  const { bytes, close } = builtInStack.connect(() => net.connect(port, "127.0.0.1"), { ...limits, grace });
  onTestFinished(() => {
    over.abort();
    close();
  });
  const { transport } = createConnection(overBytes(bytes, maxMessageBytes), over.signal, async () => {});
  return createClient(Conformance, transport);
}

function callConnectNode(port: number): Client<typeof Conformance> {
  const baseUrl = `http://127.0.0.1:${port}`;
  const sessionManager = new Http2SessionManager(baseUrl);
  onTestFinished(() => sessionManager.abort());
  return createConnectClient(Conformance, createGrpcTransport({ baseUrl, sessionManager }));
}

function callGrpcJs(port: number): Caller {
  const client = new grpcJs.Client(`127.0.0.1:${port}`, grpcJs.credentials.createInsecure());
  onTestFinished(() => client.close());
  return {
    unary: (request, { timeoutMs, headers = {}, onTrailer } = {}) =>
      new Promise((resolve, reject) => {
        const metadata = grpcJs.Metadata.fromHttp2Headers(headers);
        const options = timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs };
        const call = client.makeUnaryRequest(
          path("unary"),
          toBuffer,
          fromBuffer,
          request,
          metadata,
          options,
          (error, response) => {
            if (response !== undefined) resolve(response);
            else reject(error);
          },
        );
        call.on("status", ({ metadata: trailer }) => {
          onTrailer?.(new Headers(trailer.toHttp2Headers() as Record<string, string>));
        });
      }),
    serverStream: (request) =>
      client.makeServerStreamRequest(
        path("serverStream"),
        toBuffer,
        fromBuffer,
        request,
      ) as AsyncIterable<ConformanceResponse>,
  };
}

/** From how the others say it. */
async function codeOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    ({ code }: { code: unknown }) => code,
  );
}

describe.each([
  ["connect-node calls our server", async () => callConnectNode(await serveOurs())],
  ["grpc-js calls our server", async () => callGrpcJs(await serveOurs())],
  ["our client calls connect-node", async () => callOurs(await serveConnectNode())],
  ["our client calls grpc-js", async () => callOurs(await serveGrpcJs())],
  ["our client calls our server", async () => callOurs(await serveOurs())],
] as const)("%s", (_, pair) => {
  it("with messages of all sizes, many at once", async () => {
    const caller: Caller = await pair();
    const sizes = [
      0,
      1,
      63,
      64,
      16_379,
      16_384,
      65_535,
      65_536,
      1_000_000,
      ...Array.from({ length: 300 }, (_, at) => at),
    ];
    const answers = await Promise.all(sizes.map((size) => caller.unary({ data: new Uint8Array(size).fill(size) })));
    expect(answers.map(({ data }) => data.length)).toEqual(sizes);
    for (const { data } of answers) expect(data.every((byte) => byte === data.length % 256)).toBe(true);
  });

  it("with metadata and errors, and without an answer in time", async () => {
    const caller: Caller = await pair();
    let trailer = new Headers();
    const trailers = [{ name: "x-own-bin", value: "AP8" }];
    await caller.unary({ trailer: trailers }, { headers: { "x-a": "1" }, onTrailer: (came) => (trailer = came) });
    expect(trailer.get("x-own-bin")).toMatch(/^AP8=?$/);
    const error = { code: Code.NotFound, message: "nö, 100%" };
    await expect(caller.unary({ error })).rejects.toMatchObject({ code: Code.NotFound });
    await expect(caller.unary({ error })).rejects.toThrow("nö, 100%");
    expect(await codeOf(caller.unary({ hang: true }, { timeoutMs: 50 }))).toBe(Code.DeadlineExceeded);
    expect((await caller.unary({})).received).toBe(1);
  });

  it("with a stream, read to its end, slowly, and broken off", async () => {
    const caller: Caller = await pair();
    let count = 0;
    for await (const { data } of caller.serverStream({ count: 500, sizeBytes: 1000 })) {
      expect(data.length).toBe(1000);
      if (++count % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(count).toBe(500);
    for await (const _ of caller.serverStream({ count: 5000, sizeBytes: 1000 })) break;
    expect((await caller.unary({})).received).toBe(1);
  });
});
