/** An HTTP request with a text response, and the redirects in between. */
import { maskedUrl, RequestError } from "./http-errors.ts";
import { exchange, type HttpRequest } from "./http-exchange.ts";

export interface HttpResponse {
  readonly status: number;
  readonly body: string;
}

/** The statuses after which the next request is a GET without a body, as in Go and in browsers. */
const asGet = [301, 302, 303];
const asBefore = [307, 308];

/**
 * Makes a request and follows its redirects. What the job sends, its headers and its body, goes to the first server only; a request with a
 * body that a redirect would send elsewhere fails. A method that changes something is never repeated.
 * @param maxRedirects how many are followed; with 0 a redirect is the response
 * @throws RequestError that names the URL when there is no usable response, or a redirect that cannot be followed
 * @throws the signal's reason when it aborts
 */
export async function sendRequest({
  maxRedirects,
  ...request
}: HttpRequest & { readonly maxRedirects: number }): Promise<HttpResponse> {
  let { url, method, headers, body } = request;
  for (let redirects = 0; ; redirects += 1) {
    const answer = await exchange({ ...request, url, method, headers, body });
    const { status, location } = answer;
    const isSafe = method === "GET" || method === "HEAD";
    const follows = asGet.includes(status) || (asBefore.includes(status) && isSafe);
    if (!follows || location === undefined || maxRedirects === 0) return answer;
    if (redirects === maxRedirects) throw new RequestError(`${maskedUrl(url)} redirects too often`);
    const next = URL.parse(location, url.href);
    if (next === null) throw new RequestError(`${maskedUrl(url)} redirects to something that is not a URL`);
    if (asGet.includes(status)) {
      if (!isSafe) method = "GET";
      body = undefined;
      headers = Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith("content-")));
    }
    if (next.origin !== url.origin) {
      if (body !== undefined) {
        throw new RequestError(
          `${maskedUrl(url)} redirects to ${maskedUrl(next)}, which must not get what is sent: request that URL itself`,
        );
      }
      // Any of them may be a key.
      headers = {};
    }
    url = next;
  }
}
