/** `http`: asks a server and returns the body of its answer as text. */
import type { Attributes } from "../attributes.ts";
import { describeValue } from "../decimal.ts";
import { TaskError } from "../errors.ts";
import { place, sendRequest } from "../http-request.ts";
import { stringifyJson } from "../json.ts";
import type { TaskDefinition } from "./definition.ts";
import { inputValues } from "./inputs.ts";

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];
const maxRedirects = 5;

export const httpTask: TaskDefinition = {
  type: "http",
  attributes: ["method", "url", "requestData", "headers", "allowUnrestrictedNetworkAccess"],
  requests: true,
  compile(attributes) {
    attributes.require("url");
    const method = attributes.literal("method")?.trim() || "GET";
    if (!methods.includes(method)) {
      attributes.mistake("method", `Expected one of ${methods.join(", ")}, got ${describeValue(method)}`);
    }
    const urlText = attributes.text("url");
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
          body: requestData === undefined ? undefined : stringifyJson(requestData.render(call.scope)),
          allowLocalAddresses: unrestricted ?? call.environment.allowLocalAddresses,
          maxBodyBytes: call.environment.maxBodyBytes,
          maxRedirects,
          signal: call.signal,
        });
        if (answer.status >= 300) throw statusError(call.task, `${method} ${place(url)}`, answer.status);
        return answer.body;
      },
    };
  },
};

/** A list of names and values in turn, as Chainlink writes them. */
export function readHeaders(attributes: Attributes): Readonly<Record<string, string>> {
  const list = attributes.texts("headers") ?? [];
  if (list.length % 2 !== 0) attributes.mistake("headers", "The list needs a value for every name");
  const headers: Record<string, string> = {};
  for (let index = 0; index + 1 < list.length; index += 2) {
    const [name = "", value = ""] = list.slice(index, index + 2);
    if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name) || !/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
      attributes.mistake("headers", `${describeValue(name)} is not a header that HTTP can carry`);
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

/** Trying again cannot help when the server finds the request itself wrong. */
export function statusError(task: string, what: string, status: number): TaskError {
  return new TaskError(task, `${what} answered with status ${status}`, { retryable: status >= 500 || status === 429 });
}
