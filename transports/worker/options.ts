/** What a user says of a plugin that runs on a worker. */
import { numberFrom, object, wholeFrom } from "../options/schema.ts";
import { moduleOptions } from "../options/transport-options.ts";

export interface WorkerOptions {
  /**
   * Heap of the plugin, in MiB; more ends it with "out-of-memory", as far as the runtime lets it: on Bun only while the plugin's loop turns.
   * On Node and Bun that is at one and a half times as much and 32 MiB, as garbage cannot be told apart.
   * @default the runtime's own limit
   */
  readonly memoryLimitMb?: number;
  /**
   * Threads for the plugin's calls, each of which goes to the one that has the fewest. The plugin has to say that it is `stateless`, and has
   * no broker. @default 1
   */
  readonly threads?: number;
}

export interface WorkerSpec extends WorkerOptions {
  readonly module: URL;
}

export const workerOptions = moduleOptions(
  "a worker plugin",
  object({ memoryLimitMb: numberFrom(8), threads: wholeFrom(1) }),
);
