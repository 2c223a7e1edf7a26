/** The calling end of gRPC over `node:http2`, with the HTTP client of connect-node. */
import type { ClientHttp2Stream } from "node:http2";
import { addAbortSignal, type Duplex } from "node:stream";
import { Code, ConnectError } from "@connectrpc/connect";
import { createNodeHttpClient } from "@connectrpc/connect-node";
import { errorCode } from "../../src/values/error-text.ts";
import { asConnectError, withMetadata } from "../calls/connect-error.ts";
import { errorFromHandler } from "../calls/errors.ts";
import { abortReason, callEnded, eager, ignore, map, paced } from "../calls/iterables.ts";
import { failedReply, overStreams } from "../calls/lanes.ts";
import { headersOf, metadataOf } from "../calls/metadata.ts";
import type { Metadata, StreamCall, StreamReply } from "../connection.ts";
import { envelope } from "../grpc/envelope.ts";
import { ownMetadata } from "../grpc/metadata.ts";
import { requestFields } from "../grpc/request.ts";
import { codeOfReset } from "../grpc/resets.ts";
import { readResponse } from "../grpc/response.ts";
import { defaultMaxMetadataBytes, type GrpcClientOptions, type GrpcConnection } from "../grpc/stack.ts";
import { readStatus } from "../grpc/status.ts";
import { timeLeft } from "../time/deadline.ts";
import { sleep } from "../time/sleep.ts";
import { openEnvelopes } from "./envelopes.ts";
import { authority, createSession } from "./session.ts";

/** @param dial makes a wire to the peer with the first call, and another one when that has broken or had its time */
export function connectGrpc(dial: () => Duplex, options: GrpcClientOptions): GrpcConnection {
  const { maxMessageBytes, maxMetadataBytes = defaultMaxMetadataBytes } = options;
  const session = createSession(dial, options.onLost);
  function call(outgoing: StreamCall<Uint8Array>): StreamReply<Uint8Array> {
    const { signal } = outgoing;
    let fields: Headers;
    try {
      fields = headersOf(requestFields(outgoing.metadata, timeLeft(outgoing.deadline), maxMetadataBytes));
    } catch (error) {
      return failedReply(asConnectError(error));
    }
    const header = Promise.withResolvers<Metadata>();
    const trailer = Promise.withResolvers<Metadata>();
    header.promise.catch(ignore);
    trailer.promise.catch(ignore);

    let stream: ClientHttp2Stream | undefined;
    const reset = new AbortController();
    const givenUp = new AbortController();
    /**
     * The HTTP client alone would close the stream, which ends a request before it resets it: a handler would take half of it for all.
     * (Where the request has ended, that way is the better one: Deno takes what still comes on a stream that it has reset for an attack.)
     */
    const giveUp = (reason: unknown) => {
      if (!stream?.writableEnded) reset.abort();
      givenUp.abort(reason);
    };
    const closed = Promise.withResolvers<void>();
    const http = createNodeHttpClient({
      httpVersion: "2",
      sessionProvider: () => ({
        authority,
        async request(method, path, headers, requestOptions) {
          const opened = session.request({ ...headers, ":method": method, ":path": path }, requestOptions);
          stream = opened;
          addAbortSignal(reset.signal, opened);
          // Last of all: on Bun, a stream may end without a response and without an error, and the HTTP client would wait forever.
          opened.on("close", () => setImmediate(closed.resolve));
          // The HTTP client listens to the stream only when it gets it, and would wait forever for one that has broken by then.
          await null;
          if (opened.destroyed) throw opened.errored ?? new Error("the stream was closed");
          return opened;
        },
        notifyResponseByteRead: ignore,
      }),
    });

    async function* run(): AsyncGenerator<Uint8Array> {
      let inputError: ConnectError | undefined;
      const body = tellingFailure(map(paced(outgoing.input), envelope), (thrown) => {
        inputError = errorFromHandler(thrown);
        giveUp(inputError);
      });
      const onAbort = () => signal !== undefined && giveUp(abortReason(signal));
      if (signal?.aborted) onAbort();
      else signal?.addEventListener("abort", onAbort);
      const lossesBefore = session.losses;
      let status: ConnectError | "ok" | undefined;
      let broke = false;
      const onBroken = () => {
        broke = true;
      };
      try {
        const responding = http({
          url: `${authority}${outgoing.path}`,
          method: "POST",
          header: fields,
          signal: givenUp.signal,
          body,
        });
        responding.catch(onBroken);
        const response = await Promise.race([responding, closed.promise]);
        if (response === undefined) {
          broke = true;
          throw new ConnectError("the stream was closed without a response", Code.Internal);
        }
        const headerFields = metadataOf(response.header);
        const {
          error: refusal,
          isCompressing,
          metadata,
        } = readResponse([":status", String(response.status), ...headerFields]);
        status = refusal === undefined ? readStatus(headerFields) : withMetadata(refusal, metadata);
        if (status !== undefined && status !== "ok") throw status;
        header.resolve(metadata);
        yield* openEnvelopes(wholeBody(response, stream, onBroken), maxMessageBytes, isCompressing);
        const trailerFields = metadataOf(response.trailer);
        status ??= readStatus(trailerFields);
        if (status === undefined) throw new ConnectError("the response ended without a status", Code.Internal);
        if (status !== "ok") throw status;
        trailer.resolve(ownMetadata(trailerFields));
      } catch (thrown) {
        const error = inputError ?? asConnectError(thrown);
        const isAnswer =
          thrown === status || error === inputError || signal?.aborted || error.code === Code.ResourceExhausted;
        const lost = !isAnswer && (session.losses !== lossesBefore || !session.isOpen);
        if (lost) await sleep(options.grace.ms, { signal: options.grace.signal });
        const failure = lost ? lossOf(error) : broke && !isAnswer ? resetOf(error, stream) : error;
        header.reject(failure);
        trailer.reject(failure);
        throw failure;
      } finally {
        signal?.removeEventListener("abort", onAbort);
        if (status === undefined) giveUp(callEnded);
        body.return(undefined).catch(ignore);
        // Once the HTTP client has reported what it knows: a stream that is not read to its end would stay forever.
        setImmediate(() => stream?.destroy());
      }
    }
    return { header: header.promise, output: eager(run()), trailer: trailer.promise };
  }
  return { bytes: overStreams(call), close: () => session.close() };
}

/** Tells of a source's failure before its reader hears of it. */
async function* tellingFailure<T>(source: AsyncIterable<T>, onError: (error: unknown) => void): AsyncGenerator<T> {
  try {
    yield* source;
  } catch (error) {
    onError(error);
    throw error;
  }
}

/**
 * Deno's HTTP/2 takes a stream for broken that has closed while its reader was busy with the last piece of it. It is whole when
 * nothing waits to be read and the trailers are there, which come after everything else.
 */
async function* wholeBody(
  { body, trailer }: { body: AsyncIterable<Uint8Array>; trailer: Headers },
  stream: ClientHttp2Stream | undefined,
  onBroken: () => void,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    const isWhole = stream?.readableLength === 0 && readStatus(metadataOf(trailer)) !== undefined;
    if (isWhole && isPrematureClose(error)) return;
    onBroken();
    throw error;
  }
}

function isPrematureClose(error: unknown): boolean {
  const { cause = error } = asConnectError(error);
  return errorCode(cause) === "ERR_STREAM_PREMATURE_CLOSE";
}

function resetOf(error: ConnectError, stream: ClientHttp2Stream | undefined): ConnectError {
  const code = codeOfReset(stream?.rstCode);
  return code === error.code ? error : new ConnectError(error.rawMessage, code, undefined, undefined, error);
}

/**
 * Node has many words for a peer that is gone (ENOENT, ECONNRESET, a cancelled stream, a premature close). A connection that no
 * longer stands means Unavailable, whatever the stream said; a stream that broke on a connection that stands keeps its code.
 */
function lossOf(error: ConnectError): ConnectError {
  return new ConnectError(`connection lost: ${error.rawMessage}`, Code.Unavailable, undefined, undefined, error);
}
