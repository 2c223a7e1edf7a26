/** The calling end of gRPC over `node:http2`, with the HTTP/2 client and the session manager of connect-node. */
import * as net from "node:net";
import { Code, ConnectError } from "@connectrpc/connect";
import { createNodeHttpClient, Http2SessionManager } from "@connectrpc/connect-node";
import type { ByteHandler, Call, CallResponse } from "../broker.ts";
import { validateResponse } from "../calls/connect.ts";
import { eager, ignore, map } from "../calls/iterables.ts";
import { envelope, openEnvelopes } from "./envelope.ts";
import { ownMetadata, readStatus, requestFields } from "./metadata.ts";

/** Where a server listens, in go-plugin's words. */
export interface Address {
  readonly network: "unix" | "tcp";
  /** A path, or `host:port`. */
  readonly address: string;
}

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
  const sessions = new Http2SessionManager(
    "http://localhost",
    // A brokered connection may be silent for as long as it lives.
    { idleConnectionTimeoutMs: 0x7fff_ffff },
    { createConnection: () => connect(address) },
  );
  const http = createNodeHttpClient({ httpVersion: "2", sessionProvider: () => sessions });

  function call(outgoing: Call<Uint8Array>): CallResponse<Uint8Array> {
    const header = Promise.withResolvers<Headers>();
    const trailer = Promise.withResolvers<Headers>();
    header.promise.catch(ignore);
    trailer.promise.catch(ignore);

    async function* run(): AsyncGenerator<Uint8Array> {
      let status: ConnectError | "ok" | undefined;
      try {
        const response = await http({
          url: `http://localhost${outgoing.path}`,
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
        const failure = isAnswer ? error : await explainLoss(error, sessions, options.grace);
        header.reject(failure);
        trailer.reject(failure);
        throw failure;
      }
    }
    return { header: header.promise, output: eager(run()), trailer: trailer.promise };
  }
  return { bytes: { call }, close: () => sessions.abort() };
}

function connect({ network, address }: Address): net.Socket {
  if (network === "unix") return net.connect(address);
  const colon = address.lastIndexOf(":");
  return net.connect(Number(address.slice(colon + 1)), address.slice(0, colon) || "127.0.0.1");
}

/**
 * Node has many words for a peer that is gone (ENOENT, ECONNRESET, a cancelled stream, a premature close). A session that no
 * longer stands means Unavailable, whatever the stream said; a stream that broke on a session that stands keeps its code.
 */
async function explainLoss(
  error: ConnectError,
  sessions: Http2SessionManager,
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
  const state = sessions.state();
  if (state === "open" || state === "idle") return error;
  return new ConnectError(`connection lost: ${error.rawMessage}`, Code.Unavailable, undefined, undefined, error);
}
