/**
 * One HTTP request and its answer, in whatever way that ends. It uses `node:http` rather than `fetch` for its `lookup`: the address that is
 * checked is then the address of the connection, and a name cannot resolve to another address in between.
 */
import { Buffer } from "node:buffer";
import { type LookupAddress, lookup as resolve } from "node:dns";
import { type IncomingMessage, request as plainRequest, type RequestOptions } from "node:http";
import { request as secureRequest } from "node:https";
import { isIP } from "node:net";
import { connect as connectSecurely } from "node:tls";
import { answerOf, bodyOf } from "../http/answer.ts";
import { hostOf } from "../values/host-port.ts";
import { readBytes } from "../values/read-bytes.ts";
import { isLocalAddress } from "./addresses.ts";
import { basicAuthorization } from "./basic-authorization.ts";
import { explain, maskedUrl, RequestError } from "./http-errors.ts";
import { openTunnel, toProxy } from "./http-tunnel.ts";
import type { Proxies } from "./proxies.ts";

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Whether the request may go to this machine and its network. */
  readonly allowLocalAddresses: boolean;
  /** Longest body of the response, in bytes, after decompression. */
  readonly maxBodyBytes: number;
  /** Default: no proxies. */
  readonly proxies?: Proxies | undefined;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  readonly location: string | undefined;
}

/**
 * Makes a request.
 * @throws RequestError that names the URL when there is no response, the response is unusable or too long, or a local address is forbidden
 * @throws the signal's reason when it aborts
 */
export async function exchange(request: HttpRequest): Promise<HttpAnswer> {
  const { url, signal } = request;
  signal.throwIfAborted();
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new RequestError(`Cannot request ${maskedUrl(url)}: only http and https URLs are supported`);
  }
  const host = hostOf(url);
  if (!request.allowLocalAddresses && isIP(host) !== 0 && isLocalAddress(host)) throw blocked(url, host);
  let isAnswered = false;
  try {
    const { send, options } = await connection(request);
    const answer = await answerOf(send, options, request.body);
    isAnswered = true;
    return await readAnswer(answer, request);
  } catch (cause) {
    throw signal.aborted ? signal.reason : explain(url, cause, isAnswered);
  }
}

/** How the request reaches its server: directly, asked of a proxy, or through a proxy's tunnel. */
async function connection(request: HttpRequest): Promise<{ send: typeof plainRequest; options: RequestOptions }> {
  const { url, signal, allowLocalAddresses } = request;
  const isSecure = url.protocol === "https:";
  const host = hostOf(url);
  const port = url.port || (isSecure ? "443" : "80");
  const options: RequestOptions = {
    method: request.method,
    host,
    port,
    path: `${url.pathname}${url.search}`,
    headers: {
      host: url.host,
      "accept-encoding": "gzip, br",
      ...(url.username === "" ? {} : { authorization: basicAuthorization(url) }),
      ...request.headers,
      ...(request.body === undefined ? {} : { "content-length": Buffer.byteLength(request.body) }),
    },
    signal,
    // No connection pool: a restricted request must not use the connection of an unrestricted one.
    agent: false,
  };
  const send = isSecure ? secureRequest : plainRequest;
  const proxy = request.proxies?.(url);
  if (proxy === undefined) {
    return { send, options: allowLocalAddresses ? options : { ...options, lookup: checkedLookup(url) } };
  }
  if (!isSecure && allowLocalAddresses) {
    const direct = toProxy(proxy);
    const path = `http://${url.host}${options.path}`;
    const headers = { ...options.headers, ...direct.options.headers } as Record<string, string>;
    return { send: direct.send, options: { ...options, ...direct.options, path, headers } };
  }
  // The proxy is asked for the address that has been checked, so it cannot be led to another one by the name.
  const target = allowLocalAddresses ? host : await checkedAddress(url);
  const socket = await openTunnel(proxy, target, port, signal);
  const servername = isIP(host) === 0 ? { servername: host } : {};
  const createConnection = () => (isSecure ? connectSecurely({ socket, host, ...servername }) : socket);
  return { send, options: { ...options, agent: undefined, createConnection } };
}

async function readAnswer(answer: IncomingMessage, { url, maxBodyBytes }: HttpRequest): Promise<HttpAnswer> {
  const status = answer.statusCode ?? 0;
  try {
    if (status < 200) throw new RequestError(`${maskedUrl(url)} answered with status ${status}, which is no answer`);
    const bytes = await readBytes(bodyOf(answer), maxBodyBytes);
    if (bytes === undefined) throw new RequestError(`${maskedUrl(url)} answered with more than ${maxBodyBytes} bytes`);
    return { status, body: Buffer.from(bytes.buffer).toString("utf8"), location: answer.headers.location };
  } catch (cause) {
    answer.destroy();
    throw cause;
  }
}

/** Resolves a name and refuses it if any of its addresses is local. */
function checkedLookup(url: URL): NonNullable<RequestOptions["lookup"]> {
  return (name, options, callback) => {
    resolve(name, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      const found = addresses?.find(({ address }) => isLocalAddress(address));
      const [first] = addresses ?? [];
      if (error !== null) callback(error, "", 0);
      else if (found !== undefined) callback(blocked(url, found.address), "", 0);
      else if (options.all === true) callback(null, addresses);
      else callback(null, first?.address ?? "", first?.family ?? 0);
    });
  };
}

/** An address of the URL's host, none of which is local. */
function checkedAddress(url: URL): Promise<string> {
  return new Promise((found, failed) => {
    checkedLookup(url)(hostOf(url), {}, (error, address) => {
      if (error === null) found(String(address));
      else if (error instanceof RequestError) failed(error);
      else
        failed(
          new RequestError(
            `Cannot request ${maskedUrl(url)}: its name does not resolve here, and so cannot be checked before the proxy is asked for it; ${allow}`,
          ),
        );
    });
  });
}

const allow = 'set allowUnrestrictedNetworkAccess="true" to allow it';

function blocked(url: URL, address: string): RequestError {
  return new RequestError(`Cannot request ${maskedUrl(url)}: ${address} is a local address; ${allow}`);
}
