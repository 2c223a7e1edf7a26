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
  let current: http2.ClientHttp2Session | undefined;
  let closed = false;
  const streams = new Set<http2.ClientHttp2Stream>();

  function open(): http2.ClientHttp2Session {
    if (closed) throw new Error("Cannot call: the connection was closed");
    if (current !== undefined && !current.closed && !current.destroyed) return current;
    const session = http2.connect(authority, { createConnection: () => connect(address) });
    // For good: an error may come after everything else has ended.
    session.on("error", (error: Error) => {
      // A connection that failed shows here alone; its calls have to hear of it too.
      for (const stream of streams) stream.destroy(error);
    });
    session.on("close", () => {
      if (current === session) current = undefined;
    });
    current = session;
    return session;
  }

  return {
    authority,
    get isOpen() {
      return current !== undefined && !current.closed && !current.destroyed;
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
      current?.destroy();
    },
  };
}

function connect({ network, address }: Address): net.Socket {
  if (network === "unix") return net.connect(address);
  const colon = address.lastIndexOf(":");
  return net.connect(Number(address.slice(colon + 1)), address.slice(0, colon) || "127.0.0.1");
}
