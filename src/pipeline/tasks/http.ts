/** `http`: requests a server and returns the body of the response as a string. */
import type { Attributes } from "../attributes.ts";
import { isBytes, toText } from "../bytes.ts";
import { describeValue } from "../decimal.ts";
import { TaskError } from "../errors.ts";
import { maskedUrl } from "../http-errors.ts";
import { sendRequest } from "../http-request.ts";
import { parseJson, stringifyJson } from "../json.ts";
import type { Value } from "../types.ts";
import type { TaskDefinition } from "./definition.ts";
import { inputValues } from "./inputs.ts";

const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
const maxRedirects = 5;

export const httpTask: TaskDefinition = {
  type: "http",
  attributes: ["method", "url", "requestData", "headers", "allowUnrestrictedNetworkAccess"],
  requests: true,
  compile(attributes) {
    attributes.require("url");
    const method = (attributes.literal("method")?.trim() || "GET").toUpperCase();
    if (!methods.includes(method)) {
      attributes.mistake("method", `Expected one of ${methods.join(", ")}, got ${describeValue(method)}`);
    }
    const urlText = attributes.string("url");
    const requestData = attributes.json("requestData");
    const headers = readHeaders(attributes);
    const unrestricted = attributes.flag("allowUnrestrictedNetworkAccess");
    return {
      async run(call) {
        inputValues(call);
        const url = parseUrl(urlText!(call.scope));
        const answer = await sendRequest({
          method,
          url,
          headers: { "content-type": "application/json", ...headers },
          body: toBody(requestData?.render(call.scope) ?? null),
          allowLocalAddresses: unrestricted ?? call.environment.allowLocalAddresses,
          maxBodyBytes: call.environment.maxBodyBytes,
          maxRedirects,
          proxies: call.environment.proxies,
          signal: call.signal,
        });
        if (answer.status >= 300) throw statusError(call.task, `${method} ${maskedUrl(url)}`, answer.status);
        return answer.body;
      },
    };
  },
};

/** JSON, or text that is JSON already; null is no body. */
function toBody(data: Value): string | undefined {
  if (data === null) return undefined;
  return stringifyJson(typeof data === "string" || isBytes(data) ? parseJson(toText(data)) : data);
}

/** Reads a list of alternating names and values, as Chainlink writes them. */
export function readHeaders(attributes: Attributes): Readonly<Record<string, string>> {
  const list = attributes.strings("headers") ?? [];
  if (list.length % 2 !== 0) attributes.mistake("headers", "The list needs a value for every name");
  const headers: Record<string, string> = {};
  for (let index = 0; index + 1 < list.length; index += 2) {
    const [name = "", value = ""] = list.slice(index, index + 2);
    if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name) || !/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
      attributes.mistake("headers", `${describeValue(name)} is not a valid HTTP header`);
    } else headers[name.toLowerCase()] = value;
  }
  return headers;
}

/** @throws TypeError */
export function parseUrl(text: string): URL {
  const url = URL.parse(text.trim());
  if (url === null) throw new TypeError(`url: ${describeValue(text)} is not a URL`);
  return url;
}

/** A retry cannot help when the server refuses the request itself. */
export function statusError(task: string, what: string, status: number): TaskError {
  return new TaskError(task, `${what} answered with status ${status}`, { retryable: status >= 500 || status === 429 });
}
