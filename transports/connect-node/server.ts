/** The answering end of gRPC over `node:http2`: hands every call to a carrier, whatever its path. */

import * as http2 from "node:http2";
import type { Duplex } from "node:stream";
import { Code, ConnectError } from "@connectrpc/connect";
import { createLinkedAbortController } from "../calls/connect.ts";
import { errorFromHandler } from "../calls/errors.ts";
import { ignore, paced, untilAborted } from "../calls/iterables.ts";
import { metadataOf, noMetadata } from "../calls/metadata.ts";
import type { Carrier, Metadata, StreamReply } from "../connection.ts";
import { envelope } from "../grpc/envelope.ts";
import { type Request, readRequest } from "../grpc/request.ts";
import { cancelledByCaller } from "../grpc/resets.ts";
import { responseFields } from "../grpc/response.ts";
import { defaultMaxMetadataBytes, type GrpcOptions, type GrpcServer } from "../grpc/stack.ts";
import { trailerFields } from "../grpc/status.ts";
import { deadlineAfter } from "../time/deadline.ts";
import { settleWithin } from "../time/settle.ts";
import { openEnvelopes } from "./envelopes.ts";
import { readFields, writeFields } from "./fields.ts";
import { endSoon, endWithPeer } from "./wire.ts";

/**
 * A caller may give up as many calls as it likes, which HTTP/2 servers take for an attack: by default they end a connection
 * over a thousand of them, or refuse its calls, because Node counts for ever what such a call had still to send. (Deno does not
 * hear of these limits: there, a thousand calls that are given up at once, or 33 a second, end the connection. Our own client keeps below
 * them, see session.ts; Go's does not know.)
 */
const limits = {
  streamResetBurst: 1e9,
  streamResetRate: 1e9,
  maxSessionRejectedStreams: 1e9,
  // In megabytes. What a connection can really hold is bounded by its windows and the longest message.
  maxSessionMemory: 1e9,
};

export function createGrpcServer(
  carrier: Carrier<Uint8Array>,
  { maxMessageBytes, maxMetadataBytes = defaultMaxMetadataBytes }: GrpcOptions,
): GrpcServer {
  const server = http2.createServer(limits);
  const wires = new Set<Duplex>();
  server.on("session", (session) => session.on("error", ignore));
  server.on("sessionError", ignore);
  const closing = new AbortController();
  const answers = new Set<Promise<void>>();
  const leaving = new Set<Promise<unknown>>();
  server.on("stream", (stream, fields) => {
    stream.on("error", ignore);
    const answering = answer(
      stream,
      readRequest(readFields(fields)),
      carrier,
      { maxMessageBytes, maxMetadataBytes },
      closing.signal,
    )
      .catch(() => {
        stream.destroy();
      })
      .finally(() => {
        answers.delete(answering);
        const left: Promise<unknown> = closeOf(stream).then(() => leaving.delete(left));
        leaving.add(left);
      });
    answers.add(answering);
  });
  return {
    accept(wire) {
      if (closing.signal.aborted) return void wire.destroy();
      wires.add(wire);
      endWithPeer(wire);
      wire.on("close", () => wires.delete(wire));
      server.emit("connection", wire);
    },
    async sent() {
      await Promise.all(leaving);
    },
    async close() {
      // Runtimes differ in what a client hears of a session that vanishes, so every call gets its status first.
      closing.abort(new ConnectError("the server is closing", Code.Unavailable));
      await settleWithin(Promise.all(answers), 100);
      await settleWithin(Promise.all(leaving), 100);
      // Not by the sessions, which would say GOAWAY: Deno's HTTP/2 may abort the whole process over one that comes when streams have
      // just begun or ended.
      for (const wire of wires) endSoon(wire);
    },
  };
}

/** Node calls a stream closed inside the write of its last frame; a turn of the loop later that one is on its way. */
function closeOf(stream: http2.ServerHttp2Stream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed) setImmediate(resolve);
    else stream.once("close", () => setImmediate(resolve));
  });
}

async function answer(
  stream: http2.ServerHttp2Stream,
  { path, metadata, timeoutMs, error, refusal, isCompressing, namesEncoding }: Request,
  carrier: Carrier<Uint8Array>,
  { maxMessageBytes, maxMetadataBytes }: Required<GrpcOptions>,
  closing: AbortSignal,
): Promise<void> {
  if (refusal !== undefined) {
    stream.respond({ ":status": refusal }, { endStream: true });
    return;
  }
  const caller = createLinkedAbortController(closing);
  let answered = false;
  stream.on("close", () => {
    if (!answered) caller.abort(cancelledByCaller());
  });

  let trailer: readonly string[];
  let headerSent = false;
  const sendHeader = (header: Metadata) => {
    if (headerSent || stream.closed || stream.destroyed) return;
    const fields = responseFields(header, namesEncoding, maxMetadataBytes);
    headerSent = true;
    stream.respond(writeFields(fields), { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers(writeFields(trailer)));
  };
  try {
    if (error !== undefined) throw error;
    const response: StreamReply<Uint8Array> = carrier.stream({
      path,
      metadata,
      deadline: deadlineAfter(timeoutMs),
      signal: caller.signal,
      input: untilAborted(openEnvelopes(wholeBody(stream), maxMessageBytes, isCompressing), caller.signal),
    });
    response.header.then(sendHeader).catch(ignore);
    for await (const message of untilAborted(paced(response.output), caller.signal)) {
      if (!headerSent) sendHeader(await response.header);
      if (!(await write(stream, envelope(message)))) break;
    }
    if (!headerSent) sendHeader(await response.header);
    trailer = trailerFields(await response.trailer, maxMetadataBytes);
  } catch (thrown) {
    const failure = errorFromHandler(thrown);
    trailer = trailerFields(metadataOf(failure.metadata), maxMetadataBytes, failure);
    sendHeader(noMetadata);
  }
  answered = true;
  caller.abort();
  if (stream.closed || stream.destroyed) return;
  stream.end();
  // What the caller still sends is of no use, and would keep the stream open if it were not read.
  stream.resume();
}

/** What the caller sent, to the end that it put to it. A stream that was reset looks as if it had been read to its end. */
async function* wholeBody(stream: http2.ServerHttp2Stream): AsyncGenerator<Uint8Array> {
  const isReset = () => stream.aborted || stream.closed || stream.destroyed;
  try {
    // A handler that stops reading must not take the stream, and with it the answer, away.
    yield* stream.iterator({ destroyOnReturn: false });
  } catch (error) {
    if (!isReset()) throw error;
  }
  if (isReset()) throw cancelledByCaller();
}

/** Resolves when more may be written; false when there is no reader. */
function write(stream: http2.ServerHttp2Stream, chunk: Uint8Array): Promise<boolean> {
  return new Promise((resolve) => {
    if (stream.closed || stream.destroyed) return resolve(false);
    if (stream.write(chunk)) return resolve(true);
    const settle = (more: boolean) => {
      stream.off("drain", onDrain);
      stream.off("close", onClose);
      resolve(more);
    };
    const onDrain = () => settle(true);
    const onClose = () => settle(false);
    stream.on("drain", onDrain);
    stream.on("close", onClose);
  });
}
