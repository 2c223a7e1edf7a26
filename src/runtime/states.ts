/** The states of a plugin as its users know it, and the edges between them. */
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

/** Whether a call that finds no life has something to wait for. */
export function isComing(state: PluginState): boolean {
  return state === "starting" || state === "backing-off";
}
