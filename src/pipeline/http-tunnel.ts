/** A connection to a server by way of a proxy that is asked to CONNECT. */
import type { Buffer } from "node:buffer";
import { request as plainRequest, type RequestOptions } from "node:http";
import { request as secureRequest } from "node:https";
import type { Socket } from "node:net";
import { maskUrls } from "../settings/secrets.ts";
import { hostOf, hostPort } from "../values/host-port.ts";
import { basicAuthorization } from "./basic-authorization.ts";
import { RequestError } from "./http-errors.ts";

/** How a request is made to the proxy itself. */
export function toProxy(proxy: URL): { send: typeof plainRequest; options: RequestOptions } {
  const { username, password } = proxy;
  return {
    send: proxy.protocol === "https:" ? secureRequest : plainRequest,
    options: {
      host: hostOf(proxy),
      port: proxy.port,
      headers: username === "" && password === "" ? {} : { "proxy-authorization": basicAuthorization(proxy) },
      agent: false,
    },
  };
}

/**
 * Asks the proxy for a connection.
 * @param host a name, or an address that has been checked: the proxy then has no name to resolve to another one
 * @throws RequestError when the proxy refuses
 * @throws what `node:http` throws when there is no answer of the proxy
 */
export function openTunnel(proxy: URL, host: string, port: string, signal: AbortSignal): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const target = hostPort(host, port);
  const { send, options } = toProxy(proxy);
  const asked = send({
    ...options,
    method: "CONNECT",
    path: target,
    headers: { ...options.headers, host: target },
    signal,
  });
  const refused = (status: number | undefined) =>
    new RequestError(`The proxy ${maskUrls(proxy.origin)} answered with status ${status} to CONNECT ${target}`, {
      retryable: status !== undefined && status >= 500,
    });
  asked.on("connect", (answer, socket: Socket, early: Buffer) => {
    if (answer.statusCode === 200 && early.length === 0) return resolve(socket);
    socket.destroy();
    reject(refused(answer.statusCode));
  });
  asked.on("response", (answer) => {
    asked.destroy();
    reject(refused(answer.statusCode));
  });
  asked.on("error", reject);
  // An end that is none of these is one too; where another came before it, it counts for nothing.
  asked.on("close", () => reject(refused(undefined)));
  asked.end();
  return promise;
}
