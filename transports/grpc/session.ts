/**
 * The HTTP/2 session of one connection: opened by the first call, opened again by the next call after it broke. (connect-node's
 * manager takes its listeners off a session that may still report an error, which then ends the process.)
 */
import * as http2 from "node:http2";
import * as net from "node:net";
import type { NodeHttpClientOptions } from "@connectrpc/connect-node";
import { ignore } from "../calls/iterables.ts";

/** Where a server listens, in go-plugin's words. */
export interface Address {
  readonly network: "unix" | "tcp";
  /** A path, or `host:port`. */
  readonly address: string;
}

/** What connect-node's HTTP client wants of a session. */
type SessionManager = ReturnType<NonNullable<Extract<NodeHttpClientOptions, { httpVersion: "2" }>["sessionProvider"]>>;

export interface Session extends SessionManager {
  readonly isOpen: boolean;
  /** Ends every call and lets go of the socket for good. */
  close(): void;
}

export const authority = "http://localhost";

export function createSession(address: Address): Session {
  let current: { session: http2.ClientHttp2Session; socket: net.Socket } | undefined;
  let closed = false;
  const streams = new Set<http2.ClientHttp2Stream>();

  function isOpen(): boolean {
    return current !== undefined && !current.session.closed && !current.session.destroyed;
  }

  function open(): http2.ClientHttp2Session {
    if (closed) throw new Error("Cannot call: the connection was closed");
    if (current !== undefined && isOpen()) return current.session;
    const socket = connect(address);
    const session = http2.connect(authority, { createConnection: () => socket });
    // A connection that failed shows here alone, and not on every runtime in both places; its calls have to hear of it too.
    const broke = (error = new Error("the connection was closed")) => {
      if (current?.session === session) current = undefined;
      for (const stream of streams) stream.destroy(error);
    };
    // For good: an error may come after everything else has ended.
    session.on("error", broke);
    socket.on("close", () => broke());
    current = { session, socket };
    return session;
  }

  return {
    authority,
    get isOpen() {
      return isOpen();
    },
    async request(method, path, headers, options) {
      const stream = open().request({ ...headers, ":method": method, ":path": path }, options);
      streams.add(stream);
      stream.on("close", () => streams.delete(stream));
      return stream;
    },
    notifyResponseByteRead: ignore,
    close() {
      closed = true;
      // Not by the session, which would say GOAWAY: Deno's HTTP/2 aborts the whole process over some of those.
      current?.socket.destroy();
    },
  };
}

function connect({ network, address }: Address): net.Socket {
  if (network === "unix") return net.connect(address);
  const colon = address.lastIndexOf(":");
  return net.connect(Number(address.slice(colon + 1)), address.slice(0, colon) || "127.0.0.1");
}
