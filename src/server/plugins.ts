/** `GET /plugins` and `GET /plugins/:name`: the status of the plugins, as JSON. */
import { Hono } from "hono";
import type { Runtime } from "../runtime/create-runtime.ts";
import type { PluginStatus } from "../runtime/plugin-handle.ts";
import { findPlugin, noSuchPlugin, refuse } from "./answers.ts";

/** A plugin in `GET /plugins`. */
export interface PluginView extends Omit<PluginStatus, "lastExit"> {
  /** The name up to its first dot: "median" of "median.eth-usd". */
  readonly kind: string;
  /** The rest of the name after that dot; absent where there is no dot. */
  readonly instance?: string;
  /** How its last instance ended, where one did. Its last lines of standard error are left out, because they may hold secrets; the log has them. */
  readonly lastExit?: Omit<NonNullable<PluginStatus["lastExit"]>, "lastStderr">;
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
  const { lastStderr: _, ...exit } = lastExit ?? { lastStderr: [] };
  return {
    ...status,
    kind: dot === -1 ? status.name : status.name.slice(0, dot),
    ...(dot === -1 ? {} : { instance: status.name.slice(dot + 1) }),
    ...("reason" in exit ? { lastExit: exit } : {}),
  };
}
