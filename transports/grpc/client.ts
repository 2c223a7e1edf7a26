/** The calling end of gRPC over `node:http2`, with the HTTP client of connect-node. */
import { Code, ConnectError } from "@connectrpc/connect";
import { createNodeHttpClient } from "@connectrpc/connect-node";
import type { ByteHandler, Call, CallResponse } from "../broker.ts";
import { validateResponse } from "../calls/connect.ts";
import { eager, ignore, map } from "../calls/iterables.ts";
import { envelope, openEnvelopes } from "./envelope.ts";
import { ownMetadata, readStatus, requestFields } from "./metadata.ts";
import { type Address, authority, createSession, type Session } from "./session.ts";

export interface GrpcConnection {
  readonly bytes: ByteHandler;
  /** Ends every call and lets go of the socket. */
  close(): void;
}

export interface GrpcClientOptions {
  readonly maxMessageBytes: number;
  /**
   * When a connection breaks, what is known of it is soon known better: its calls wait up to `ms` for the `signal`, which ends
   * them with the reason, before they end with an error of their own.
   */
  readonly grace: { readonly signal: AbortSignal; readonly ms: number };
}

/** Connects with the first call. */
export function connectGrpc(address: Address, options: GrpcClientOptions): GrpcConnection {
  const session = createSession(address);
  const http = createNodeHttpClient({ httpVersion: "2", sessionProvider: () => session });

  function call(outgoing: Call<Uint8Array>): CallResponse<Uint8Array> {
    const header = Promise.withResolvers<Headers>();
    const trailer = Promise.withResolvers<Headers>();
    header.promise.catch(ignore);
    trailer.promise.catch(ignore);

    async function* run(): AsyncGenerator<Uint8Array> {
      let status: ConnectError | "ok" | undefined;
      try {
        const response = await http({
          url: `${authority}${outgoing.path}`,
          method: "POST",
          header: requestFields(outgoing.header, outgoing.timeoutMs),
          signal: outgoing.signal,
          body: map(outgoing.input, envelope),
        });
        validateResponse(response.status, response.header);
        status = readStatus(response.header);
        if (status !== undefined && status !== "ok") throw status;
        header.resolve(ownMetadata(response.header));
        yield* openEnvelopes(response.body, options.maxMessageBytes);
        status ??= readStatus(response.trailer);
        if (status === undefined) throw new ConnectError("the response ended without a status", Code.Internal);
        if (status !== "ok") throw status;
        trailer.resolve(ownMetadata(response.trailer));
      } catch (thrown) {
        const error = ConnectError.from(thrown);
        const isAnswer = error === status || outgoing.signal.aborted || error.code === Code.ResourceExhausted;
        const failure = isAnswer ? error : await explainLoss(error, session, options.grace);
        header.reject(failure);
        trailer.reject(failure);
        throw failure;
      }
    }
    return { header: header.promise, output: eager(run()), trailer: trailer.promise };
  }
  return { bytes: { call }, close: () => session.close() };
}

/**
 * Node has many words for a peer that is gone (ENOENT, ECONNRESET, a cancelled stream, a premature close). A session that no
 * longer stands means Unavailable, whatever the stream said; a stream that broke on a session that stands keeps its code.
 */
async function explainLoss(
  error: ConnectError,
  session: Session,
  { signal, ms }: GrpcClientOptions["grace"],
): Promise<ConnectError> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    const known = () => {
      clearTimeout(timer);
      resolve();
    };
    if (signal.aborted) known();
    else signal.addEventListener("abort", known, { once: true });
  });
  if (session.isOpen) return error;
  return new ConnectError(`connection lost: ${error.rawMessage}`, Code.Unavailable, undefined, undefined, error);
}
