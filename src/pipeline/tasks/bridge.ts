/** `bridge`: requests one of the node's external adapters by its name and returns the body of the response as a string. */
import { LosslessNumber } from "lossless-json";
import { shorten } from "../../values/text.ts";
import { TaskError } from "../errors.ts";
import { sendRequest } from "../http-request.ts";
import { isJsonObject, parseJson, stringifyJson } from "../json.ts";
import type { TaskCall, Value } from "../types.ts";
import type { TaskDefinition } from "./definition.ts";
import { parseUrl, readHeaders, statusError } from "./http.ts";
import { inputValues } from "./inputs.ts";
import { toObject } from "./merge.ts";

export const bridgeTask: TaskDefinition = {
  type: "bridge",
  attributes: ["name", "requestData", "includeInputAtKey", "async", "cacheTTL", "headers", "checkRequired"],
  requests: true,
  compile(attributes) {
    attributes.require("name");
    const name = attributes.string("name");
    const requestData = attributes.json("requestData");
    const includeInputAtKey = attributes.string("includeInputAtKey");
    const cacheTtlMs = attributes.duration("cacheTTL") ?? 0;
    const headers = readHeaders(attributes);
    // As in Chainlink, no other word means it.
    if (attributes.literal("async") === "true") {
      attributes.mistake("async", "Asynchronous adapters are not supported: remove the attribute");
    }

    return {
      async run(call) {
        const inputs = inputValues(call);
        const data = toObject("requestData", requestData?.render(call.scope) ?? null);
        const key = includeInputAtKey?.(call.scope) ?? "";
        const body = stringifyJson({
          ...data,
          ...meta(call),
          ...(key !== "" && inputs[0] !== undefined ? { [key]: inputs[0] } : {}),
        });
        const answer = await requestAdapter(call, name!(call.scope), headers, body);
        if (cacheTtlMs > 0) call.environment.bridgeCache.set(call.task, { body: answer, keptAt: performance.now() });
        return answer;
      },
      fallback(call) {
        const cached = call.environment.bridgeCache.get(call.task);
        return cached !== undefined && performance.now() - cached.keptAt <= cacheTtlMs ? cached.body : undefined;
      },
    };
  },
};

async function requestAdapter(
  call: TaskCall,
  bridge: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<string> {
  const address = call.environment.bridges.get(bridge);
  if (address === undefined) {
    const known = [...call.environment.bridges.keys()].sort();
    const advice = known.length === 0 ? "the config has none" : `the config has ${known.join(", ")}`;
    throw new TypeError(`There is no bridge "${bridge}": ${advice}; add it to [bridges]`);
  }
  const answer = await sendRequest({
    method: "POST",
    url: parseUrl(address),
    headers: { "content-type": "application/json", ...headers },
    body,
    // The operator chose the adapter's address, and it is usually a local one.
    allowLocalAddresses: true,
    maxBodyBytes: call.environment.maxBodyBytes,
    maxRedirects: 0,
    proxies: call.environment.proxies,
    signal: call.signal,
  });
  const what = `Bridge "${bridge}"`;
  const adapter = readAdapterAnswer(answer.body);
  if (adapter.error !== undefined) throw new TaskError(call.task, `${what}: ${adapter.error}`, { retryable: true });
  const status = answer.status >= 300 ? answer.status : adapter.status;
  if (status !== undefined) throw statusError(call.task, what, status);
  return answer.body;
}

/** The last answer and its time, which some adapters use. */
function meta(call: TaskCall): { meta?: Value } {
  const run = call.scope.get("jobRun");
  return run?.error === undefined && isJsonObject(run?.value) && run.value.meta !== undefined
    ? { meta: run.value.meta }
    : {};
}

/**
 * Reads what an adapter reports in its answer: its status, its provider's status, or an error. An answer in another form
 * reports nothing.
 */
function readAdapterAnswer(body: string): { status?: number; error?: string } {
  let answer: Value;
  try {
    answer = parseJson(body);
  } catch {
    return {};
  }
  if (!isJsonObject(answer)) return {};
  const { error, errorMessage } = answer;
  if (error !== undefined && error !== null && error !== "" && error !== false)
    return { error: shorten(textOfError(error), 200) };
  if (typeof errorMessage === "string" && errorMessage !== "") return { error: shorten(errorMessage, 200) };
  const statuses = [answer.statusCode, answer.providerStatusCode].map(statusNumber);
  const bad = statuses.find((status) => status !== undefined && status !== 200);
  return bad === undefined ? {} : { status: bad };
}

function statusNumber(value: Value | undefined): number | undefined {
  return value instanceof LosslessNumber && /^\d{1,9}$/.test(value.value) ? Number(value.value) : undefined;
}

function textOfError(error: Value): string {
  if (typeof error === "string") return error;
  return isJsonObject(error) && typeof error.message === "string" ? error.message : stringifyJson(error);
}
