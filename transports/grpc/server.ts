/** The answering end of gRPC, over our own HTTP/2: hands every call to a carrier, whatever its path. */
import type { Duplex } from "node:stream";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Carrier } from "../connection.ts";
import type { Fields, Http2Connection, Http2Stream, StreamHandler } from "../http2/connection.ts";
import { acceptHttp2 } from "../http2/server.ts";
import { sleep } from "../time/sleep.ts";
import type { Answering, IncomingCall } from "./incoming-call.ts";
import { readRequest } from "./request.ts";
import { defaultMaxMetadataBytes, fieldLimit, type GrpcOptions, type GrpcServer } from "./stack.ts";
import { IncomingStreamCall } from "./stream-answer.ts";
import { IncomingUnaryCall } from "./unary-answer.ts";

/** How long a peer may take to read its last answers when the server is closed. */
const closeMs = 100;

interface Accepted {
  readonly connection: Http2Connection;
  readonly wire: Duplex;
  /** Calls that have no answer yet. */
  readonly calls: Set<IncomingCall>;
}

export function createGrpcServer(carrier: Carrier<Uint8Array>, options: GrpcOptions): GrpcServer {
  const { maxMessageBytes, maxMetadataBytes = defaultMaxMetadataBytes } = options;
  const standing = new Set<Accepted>();
  let closed = false;

  async function everyOne(isDone: (accepted: Accepted) => boolean): Promise<void> {
    while (![...standing].every(isDone)) await sleep(1);
  }

  return {
    accept(wire) {
      if (closed) return void wire.destroy();
      const calls = new Set<IncomingCall>();
      const answering = { carrier, maxMessageBytes, maxMetadataBytes, calls };
      const connection = acceptHttp2(
        wire,
        {
          maxFieldBytes: fieldLimit(maxMetadataBytes),
          onEnd: () => standing.delete(accepted),
        },
        (stream, fields, ended) => begin(answering, stream, fields, ended),
      );
      const accepted = { connection, wire, calls };
      standing.add(accepted);
    },
    sent: () =>
      everyOne(({ connection, wire, calls }) => connection.streams <= calls.size && wire.writableLength === 0),
    async close() {
      closed = true;
      for (const { connection, calls } of standing) {
        for (const call of calls) call.cut(new ConnectError("the server is closing", Code.Unavailable));
        connection.close();
      }
      const until = performance.now() + closeMs;
      await everyOne(() => performance.now() > until);
      for (const { connection } of standing) connection.destroy();
    },
  };
}

/** Of a stream on which nothing more is expected. */
const deaf: StreamHandler = { onFields() {}, onData() {}, onReset() {} };

function begin(answering: Answering, stream: Http2Stream, fields: Fields, ended: boolean): StreamHandler {
  const request = readRequest(fields);
  if (request.refusal !== undefined) {
    stream.respond([":status", String(request.refusal)], true);
    return deaf;
  }
  if (request.error === undefined && answering.carrier.isUnary?.(request.path) === true) {
    const call = new IncomingUnaryCall(answering, stream, request);
    if (ended) call.onFields(fields, ended);
    return call;
  }
  const call = new IncomingStreamCall(answering, stream, request);
  if (request.error !== undefined) call.cut(request.error);
  else call.begin();
  if (ended) call.onFields(fields, ended);
  return call;
}
