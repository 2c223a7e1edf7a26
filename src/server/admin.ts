/** The admin API: `POST /plugins/:name/start`, `/stop`, `/restart` and `/switch`. Each order is told with who gave it and its outcome. */
import { type Context, Hono } from "hono";
import { check } from "../../transports/options/check.ts";
import { flag, numberFrom, object, text } from "../../transports/options/schema.ts";
import { LaunchError } from "../../transports/transport.ts";
import type { Runtime } from "../runtime/create-runtime.ts";
import type { SwitchReport } from "../runtime/handover.ts";
import type { PluginHandle } from "../runtime/plugin-handle.ts";
import { defined } from "../values/defined.ts";
import { errorText } from "../values/error-text.ts";
import { readBytes } from "../values/read-bytes.ts";
import { type AdmissionOptions, createAdmission, refuseOrder } from "./admission.ts";
import { findPlugin, noSuchPlugin, refuse } from "./answers.ts";
import { viewPlugin } from "./plugins.ts";
import { remoteAddress } from "./request-source.ts";

const maxBodyBytes = 64 * 1024;
/** Upper limit for `drainMs`. */
const longestDrainMs = 600_000;

const nothing = object({});
const replacement = { overlap: flag, drainMs: numberFrom(0, longestDrainMs) };
const replacing = object(replacement);
const switching = object({ transport: text, ...replacement });

type Operation = (plugin: PluginHandle, body: unknown) => Promise<SwitchReport | undefined>;

const operations: Readonly<Record<string, Operation>> = {
  async start(plugin, body) {
    check(nothing, body, "body");
    await plugin.start();
    return undefined;
  },
  async stop(plugin, body) {
    check(nothing, body, "body");
    await plugin.stop();
    return undefined;
  },
  restart(plugin, body) {
    return plugin.restart(check(replacing, body, "body"));
  },
  switch(plugin, body) {
    const { transport, ...options } = check(switching, body, "body");
    if (transport === undefined) throw new TypeError('body.transport: name the transport, such as "worker"');
    return plugin.switchTo(transport, options);
  },
};

/** An order and its outcome. */
export interface Order {
  /** "start", "stop", "restart" or "switch". */
  readonly verb: string;
  /** As the request named it: there may be no such plugin. */
  readonly plugin: string;
  /** The transport that a switch led to. */
  readonly transport?: string;
  /** The address that it came from; empty where that is not known. */
  readonly address: string;
  /** By what right it was given: with the token, or from this machine. */
  readonly by: "token" | "local" | "none";
  /** The status of the answer: 200 for an order that was carried out, 401 and 403 for one that was refused. */
  readonly status: number;
  /** How long it took. */
  readonly durationMs: number;
}

export interface AdminOptions extends AdmissionOptions {
  /** Called after each order. @default orders are not told */
  readonly onOrder?: (order: Order) => void;
}

/** @throws TypeError see {@link createAdmission} */
export function adminRoutes(runtime: Runtime, options: AdminOptions): Hono {
  const { onOrder } = options;
  const rightOf = createAdmission(options);
  const app = new Hono();
  for (const [verb, operation] of Object.entries(operations)) {
    app.post(`/plugins/:name/${verb}`, async (c) => {
      const begin = performance.now();
      // Before anything else: the connection may be gone afterwards.
      const address = remoteAddress(c);
      const right = rightOf(c);
      const answer = right === undefined ? refuseOrder(c, options) : await operate(c, runtime, verb, operation);
      const plugin = c.req.param("name");
      const transport = verb === "switch" && answer.ok ? runtime.plugins.get(plugin)?.status.transport : undefined;
      onOrder?.({
        verb,
        plugin,
        ...defined({ transport }),
        address,
        by: right ?? "none",
        status: answer.status,
        durationMs: Math.round(performance.now() - begin),
      });
      return answer;
    });
  }
  return app;
}

async function operate(c: Context, runtime: Runtime, verb: string, operation: Operation) {
  const plugin = findPlugin(runtime, c);
  if (plugin === undefined) return refuse(c, 404, noSuchPlugin(c));
  const what = `Cannot ${verb} plugin "${plugin.name}"`;
  let report: SwitchReport | undefined;
  try {
    const body = await readText(c);
    if (body === undefined) return refuse(c, 413, `The body is longer than ${maxBodyBytes} bytes`);
    report = await operation(plugin, parseJson(body));
  } catch (error) {
    return refuseFailure(c, what, plugin, error);
  }
  const wanted = verb === "stop" ? plugin.state === "stopped" : plugin.state === "ready" || plugin.state === "degraded";
  // Another operation came in between, or the plugin is backing off and restarts by itself.
  if (!wanted) return refuse(c, 409, `${what}: it is in state "${plugin.state}"`);
  return c.json(report ?? viewPlugin(plugin.status));
}

function refuseFailure(c: Context, what: string, plugin: PluginHandle, error: unknown) {
  const message = `${what}: ${errorText(error)}`;
  if (error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError) {
    return refuse(c, 400, message);
  }
  if (plugin.state === "stopping" || plugin.state === "stopped") {
    return refuse(c, 409, `${what}: it was stopped meanwhile`);
  }
  if (error instanceof LaunchError) {
    return c.json({ error: message, code: error.code, lastStderr: error.lastStderr }, 503);
  }
  return refuse(c, 503, message);
}

/**
 * The body; `undefined` for one that is too long. Hono's own limit makes a `Request` of the server's request, which Node's and
 * Deno's classes refuse.
 */
async function readText({ req }: Context): Promise<string | undefined> {
  if (req.raw.body === null) return "";
  // The rest of a body that is too long stays unread: cancelling it would end the connection before the answer.
  const bytes = await readBytes(req.raw.body.values({ preventCancel: true }), maxBodyBytes);
  return bytes && new TextDecoder().decode(bytes);
}

/** @throws SyntaxError in one sentence; no body at all is `undefined` */
function parseJson(body: string): unknown {
  if (body.trim() === "") return undefined;
  try {
    return JSON.parse(body);
  } catch {
    throw new SyntaxError('the body is not JSON, such as {"transport": "worker"}');
  }
}
