/**
 * One HTTP request with a text response. It uses `node:http` rather than `fetch` for its `lookup`: the address that is checked is
 * then the address of the connection, and a name cannot resolve to another address in between.
 */
import { Buffer } from "node:buffer";
import { type LookupAddress, lookup as resolve } from "node:dns";
import { type IncomingMessage, request as plainRequest, type RequestOptions } from "node:http";
import { request as secureRequest } from "node:https";
import { isIP } from "node:net";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { maskUrls } from "../settings/secrets.ts";
import { errorText } from "../values/error-text.ts";
import { readBytes } from "../values/read-bytes.ts";
import { isLocalAddress } from "./addresses.ts";

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Whether the request may go to this machine and its network. */
  readonly allowLocalAddresses: boolean;
  /** Longest body of the response, in bytes, after decompression. */
  readonly maxBodyBytes: number;
  /** How many redirects are followed. Only GET follows redirects. */
  readonly maxRedirects: number;
  readonly signal: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  readonly body: string;
}

/** A request that got no response, or an unusable one. */
export class RequestError extends Error {
  override readonly name = "RequestError";
  /** Whether the request may succeed when it is made again. */
  readonly retryable: boolean;

  constructor(message: string, options: { retryable?: boolean; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.retryable = options.retryable ?? false;
  }
}

/**
 * Makes a request and follows its redirects.
 * @throws RequestError that names the URL when there is no response, the response is too long, or a local address is forbidden
 * @throws the signal's reason when it aborts
 */
export async function sendRequest(request: HttpRequest): Promise<HttpResponse> {
  let { url, headers } = request;
  for (let redirects = 0; ; redirects += 1) {
    const answer = await sendOnce({ ...request, url, headers });
    if (answer.location === undefined || request.method !== "GET") return answer;
    if (redirects === request.maxRedirects) throw new RequestError(`${maskedUrl(url)} redirects too often`);
    const next = URL.parse(answer.location, url.href);
    if (next === null) throw new RequestError(`${maskedUrl(url)} redirects to something that is not a URL`);
    // Headers may contain keys, so another server must not get them.
    if (next.origin !== url.origin) headers = {};
    url = next;
  }
}

/** A URL for messages, without parts that may be keys. */
export function maskedUrl(url: URL): string {
  return maskUrls(url.href);
}

function sendOnce(request: HttpRequest): Promise<HttpResponse & { location: string | undefined }> {
  const { url, signal } = request;
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    return Promise.reject(new RequestError(`Cannot request ${maskedUrl(url)}: only http and https URLs are supported`));
  }
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (!request.allowLocalAddresses && isIP(host) !== 0 && isLocalAddress(host))
    return Promise.reject(blocked(url, host));

  const { promise, resolve: done, reject } = Promise.withResolvers<HttpResponse & { location: string | undefined }>();
  const options: RequestOptions = {
    method: request.method,
    headers: {
      "accept-encoding": "gzip, deflate, br",
      ...request.headers,
      ...(request.body === undefined ? {} : { "content-length": Buffer.byteLength(request.body) }),
    },
    signal,
    // No connection pool: a restricted request must not use the connection of an unrestricted one.
    agent: false,
    ...(request.allowLocalAddresses ? {} : { lookup: checkedLookup(url) }),
  };
  const failed = (cause: unknown) => reject(signal.aborted ? signal.reason : explain(url, cause));
  const sent = (url.protocol === "https:" ? secureRequest : plainRequest)(url, options, (response) => {
    const status = response.statusCode ?? 0;
    // The reader of the body gets its errors; a later error has no receiver and must not end the process.
    response.on("error", () => {});
    readBody(response, url, request.maxBodyBytes).then(
      (body) => {
        done({ status, body, location: status >= 300 && status < 400 ? response.headers.location : undefined });
      },
      (cause: unknown) => {
        sent.destroy();
        failed(cause);
      },
    );
  });
  sent.on("error", failed);
  sent.end(request.body);
  return promise;
}

async function readBody(response: IncomingMessage, url: URL, maxBodyBytes: number): Promise<string> {
  const bytes = await readBytes(decompress(response) as AsyncIterable<Buffer>, maxBodyBytes);
  if (bytes === undefined) throw new RequestError(`${maskedUrl(url)} answered with more than ${maxBodyBytes} bytes`);
  return Buffer.from(bytes.buffer).toString("utf8");
}

const decompressors = new Map<string, () => NodeJS.ReadWriteStream & { destroy(cause: Error): void }>([
  ["gzip", createGunzip],
  ["deflate", createInflate],
  ["br", createBrotliDecompress],
]);

/** The limit on the body applies to the decompressed bytes. */
function decompress(response: IncomingMessage): NodeJS.ReadableStream {
  const stream = decompressors.get(response.headers["content-encoding"]?.toLowerCase() ?? "")?.();
  if (stream === undefined) return response;
  response.on("error", (cause) => stream.destroy(cause));
  return response.pipe(stream);
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

function blocked(url: URL, address: string): RequestError {
  return new RequestError(
    `Cannot request ${maskedUrl(url)}: ${address} is a local address; set allowUnrestrictedNetworkAccess="true" to allow it`,
  );
}

function explain(url: URL, cause: unknown): RequestError {
  if (cause instanceof RequestError) return cause;
  return new RequestError(`Cannot request ${maskedUrl(url)}: ${errorText(cause)}`, { retryable: true, cause });
}
