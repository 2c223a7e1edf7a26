/** Listens for HTTP within limits, and closes within a limit of time, on Bun, Node and Deno alike. */
import type { createServer, RequestListener, ServerOptions } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import type { Hono } from "hono";
import { settleWithin } from "../../transports/time/settle.ts";
import { createBoundedServer, type ServerLimits } from "../http/bounded-server.ts";
import { standardError } from "../runtime/log.ts";
import { errorCode, errorText } from "../values/error-text.ts";
import { isPort, maxPort } from "../values/port.ts";
import { printable } from "../values/printable.ts";

export interface HttpServer {
  /** The address that it listens on. */
  readonly host: string;
  readonly port: number;
  /** Takes no more requests, lets those under way finish for a moment, and ends every connection within a second. Idempotent. */
  close(): Promise<void>;
}

/** @default of maxConnections 256, of answerMs 30_000 */
export interface ServeHttpOptions extends Partial<ServerLimits> {
  /** A name or an address. */
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
}

/** How long requests under way may take when the server closes. */
const closeGraceMs = 500;

/** @throws Error in one sentence that names host and port, with the system's `code` such as "EADDRINUSE" */
export async function serveHttp(app: Pick<Hono, "fetch">, options: ServeHttpOptions): Promise<HttpServer> {
  const { host, port, maxConnections = 256, answerMs = 30_000 } = options;
  if (!isPort(port, 0)) {
    throw new RangeError(`Cannot listen on ${host}: the port must be a whole number from 0 to ${maxPort}, got ${port}`);
  }
  const server = createAdaptorServer({
    fetch: app.fetch,
    // This is not the only code in the process: the runtime's Request and Response must stay as they are.
    overrideGlobalObjects: false,
    createServer: ((options: ServerOptions, listener: RequestListener) =>
      createBoundedServer(options, { maxConnections, answerMs }, listener)) as typeof createServer,
    serverOptions: {
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      keepAliveTimeout: 60_000,
      connectionsCheckingInterval: 1000,
      maxHeaderSize: 16_384,
    },
  });
  await new Promise<void>((resolve, reject) => {
    const onError = (error: Error) => reject(cannotListen(host, port, error));
    server.once("error", onError);
    try {
      server.listen(port, host, () => {
        server.off("error", onError);
        resolve();
      });
    } catch (error) {
      reject(cannotListen(host, port, error));
    }
  });
  // For example too many open files at a new connection: that connection is lost, the server goes on.
  server.on("error", (error: Error) =>
    standardError.print(printable(`The server on ${host} port ${port} had an error: ${errorText(error)}`)),
  );
  const bound = server.address() as AddressInfo;
  let closed: Promise<void> | undefined;
  return {
    host: bound.address,
    port: bound.port,
    close() {
      closed ??= close(server);
      return closed;
    },
  };
}

type NodeServer = ReturnType<typeof createAdaptorServer>;

async function close(server: NodeServer): Promise<void> {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  if ("closeIdleConnections" in server) server.closeIdleConnections();
  const { settled } = await settleWithin(closed, closeGraceMs);
  if (!settled && "closeAllConnections" in server) server.closeAllConnections();
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: "the port is in use",
  EACCES: "this program has no permission to use the port",
  EADDRNOTAVAIL: "this machine has no such address",
  ENOTFOUND: "there is no host with that name",
  EAI_AGAIN: "the host name cannot be looked up",
};

function cannotListen(host: string, port: number, error: unknown): Error {
  const code = errorCode(error) ?? "";
  const why = reasons[code] ?? errorText(error);
  return Object.assign(new Error(`Cannot listen on ${host} port ${port}: ${why}`, { cause: error }), { code });
}
