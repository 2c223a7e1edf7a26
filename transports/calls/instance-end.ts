/** The end of an instance, as its calls see it: whatever is in flight ends at once, with the exit as the error's detail. */
import type { PluginExit, PluginInstance } from "../transport.ts";
import { exitError } from "./errors.ts";

/** An instance ends once. */
export interface InstanceEnd {
  readonly ended: PluginInstance["ended"];
  readonly exited: PluginInstance["exited"];
  /** The first call decides; later ones change nothing. */
  end(exit: PluginExit): void;
}

export function createInstanceEnd(plugin: string, generation: number): InstanceEnd {
  const ended = new AbortController();
  const exited = Promise.withResolvers<PluginExit>();
  return {
    ended: ended.signal,
    exited: exited.promise,
    end(exit) {
      if (ended.signal.aborted) return;
      ended.abort(exitError(plugin, generation, exit));
      exited.resolve(exit);
    },
  };
}
