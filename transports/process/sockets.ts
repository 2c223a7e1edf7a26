/** The sockets of host and plugin: where they listen, and gRPC over them. */
import { connect, createServer, type Server, type Socket } from "node:net";
import { ignore } from "../calls/iterables.ts";
import type { Carrier } from "../connection.ts";
import type { GrpcServer } from "../grpc/stack.ts";
import type { Grpc } from "./grpc.ts";
import { removeFile } from "./own-directory.ts";

/** The address of a listener, in go-plugin's words. */
export interface Address {
  readonly network: "unix" | "tcp";
  /** A path, or `host:port`. */
  readonly address: string;
}

export function dial({ network, address }: Address): Socket {
  if (network === "unix") return connect(address);
  const colon = address.lastIndexOf(":");
  // An IPv6 address stands in brackets.
  const host = address.slice(0, Math.max(0, colon)).replace(/^\[(.*)\]$/, "$1");
  return connect(Number(address.slice(colon + 1)), host || "127.0.0.1");
}

/** The longest path of a unix socket, in bytes, that every peer can dial: Linux has room for 108 with the closing zero. */
const maxPathBytes = process.platform === "linux" ? 107 : 103;

/**
 * Serves gRPC on a unix socket.
 * @returns whose `close` takes the socket's file away, too
 * @throws RangeError for a path that would be cut off, and the system's error when it cannot listen
 */
export async function serveOnSocket(
  path: string,
  handler: Carrier<Uint8Array>,
  { createServer: createGrpcServer }: Pick<Grpc, "createServer">,
): Promise<Pick<GrpcServer, "sent" | "close">> {
  const grpc = createGrpcServer(handler);
  const listener = createServer(grpc.accept);
  await listen(listener, path);
  return {
    sent: grpc.sent,
    async close() {
      listener.close();
      await grpc.close();
      removeFile(path);
    },
  };
}

/** Whether there could be a socket now, found out by making one. @throws what {@link listen} does */
export async function tryToListen(path: string): Promise<void> {
  const listener = createServer();
  await listen(listener, path);
  await new Promise((resolve) => listener.close(resolve));
}

/** @throws RangeError for a path that would be cut off, and the system's error when it cannot listen */
export async function listen(listener: Server, path: string): Promise<void> {
  if (Buffer.byteLength(path) > maxPathBytes) {
    throw new RangeError(
      `Cannot listen on "${path}": a socket's path has ${maxPathBytes} bytes at most; use a shorter TMPDIR`,
    );
  }
  return new Promise((resolve, reject) => {
    listener.once("error", reject);
    listener.listen(path, () => {
      listener.off("error", reject);
      listener.on("error", ignore);
      resolve();
    });
  });
}
