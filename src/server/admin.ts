/** The admin API: `POST /plugins/:name/start`, `/stop`, `/restart` and `/switch`. */
import { type Context, Hono } from "hono";
import { check } from "../../transports/options/check.ts";
import { flag, numberFrom, object, text } from "../../transports/options/schema.ts";
import { LaunchError } from "../../transports/transport.ts";
import type { Runtime } from "../runtime/create-runtime.ts";
import type { SwitchReport } from "../runtime/handover.ts";
import type { PluginHandle } from "../runtime/plugin-handle.ts";
import { errorText } from "../values/error-text.ts";
import { readBytes } from "../values/read-bytes.ts";
import { admission } from "./admission.ts";
import { findPlugin, noSuchPlugin, refuse } from "./answers.ts";
import { viewPlugin } from "./plugins.ts";

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

/** @param token see {@link admission} */
export function adminRoutes(runtime: Runtime, token: string | undefined): Hono {
  const app = new Hono();
  for (const [name, operation] of Object.entries(operations)) {
    app.post(`/plugins/:name/${name}`, admission(token), (c) => operate(c, runtime, name, operation));
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
