/** `GET /plugins` and `GET /plugins/:name`: the status of the plugins, as JSON. */
import { Hono } from "hono";
import type { PluginExit } from "../../transports/transport.ts";
import type { Runtime } from "../runtime/create-runtime.ts";
import type { PluginStatus } from "../runtime/plugin-handle.ts";
import { defined } from "../values/defined.ts";
import { findPlugin, noSuchPlugin, refuse } from "./answers.ts";

/** A plugin in `GET /plugins`. */
export interface PluginView extends Omit<PluginStatus, "lastExit"> {
  /** The name up to its first dot: "median" of "median.eth-usd". */
  readonly kind: string;
  /** The rest of the name after that dot; absent where there is no dot. */
  readonly instance?: string;
  /** How its last instance ended, where one did. What it said of that itself is left out, because it may hold secrets; the log has it. */
  readonly lastExit?: Pick<PluginExit, "reason" | "code" | "signal">;
}

export function pluginRoutes(runtime: Runtime): Hono {
  return new Hono()
    .get("/plugins", (c) => {
      const names = [...runtime.plugins.keys()].sort();
      return c.json(names.map((name) => viewPlugin(runtime.plugin(name).status)));
    })
    .get("/plugins/:name", (c) => {
      const plugin = findPlugin(runtime, c);
      return plugin === undefined ? refuse(c, 404, noSuchPlugin(c)) : c.json(viewPlugin(plugin.status));
    });
}

export function viewPlugin({ lastExit, ...status }: PluginStatus): PluginView {
  const dot = status.name.indexOf(".");
  return {
    ...status,
    kind: dot === -1 ? status.name : status.name.slice(0, dot),
    ...(dot === -1 ? {} : { instance: status.name.slice(dot + 1) }),
    ...(lastExit === undefined ? {} : { lastExit: runtimeWords(lastExit) }),
  };
}

function runtimeWords({ reason, code, signal }: PluginExit) {
  return { reason, ...defined({ code, signal }) };
}
