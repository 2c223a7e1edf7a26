/** The states of a plugin as its users know it, and the edges between them. */
import type { PluginExit } from "../../transports/transport.ts";

export type PluginState = "stopped" | "starting" | "ready" | "degraded" | "stopping" | "backing-off" | "failed";

const edges: Readonly<Record<PluginState, readonly PluginState[]>> = {
  stopped: ["starting"],
  starting: ["ready", "backing-off", "failed", "stopping"],
  ready: ["degraded", "starting", "backing-off", "failed", "stopping"],
  degraded: ["ready", "starting", "backing-off", "failed", "stopping"],
  stopping: ["stopped"],
  "backing-off": ["starting", "failed", "stopping"],
  failed: ["starting", "stopping"],
};

/** @throws Error for an edge that does not exist: a mistake of the supervisor, never of a user */
export function checkEdge(from: PluginState, to: PluginState): void {
  if (!edges[from].includes(to)) throw new Error(`Cannot go from state "${from}" to "${to}"`);
}

/** Whether a call that finds no instance can wait for one. */
export function isComing(state: PluginState): boolean {
  return state === "starting" || state === "backing-off";
}

export interface StateChange {
  readonly plugin: string;
  readonly from: PluginState;
  /** The same as `from` when a ready instance was replaced by another. */
  readonly to: PluginState;
  readonly transport: string;
  /** The instance that the state describes: the current one, or the one that is starting. */
  readonly generation: number;
  /** Why, in one line, where there is something to say. */
  readonly message?: string;
  /** The exit that led here. */
  readonly exit?: PluginExit;
}
