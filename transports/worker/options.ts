/** What a user says of a plugin that runs on a worker. */
import { numberFrom, object } from "../options/schema.ts";
import { moduleOptions } from "../options/transport-options.ts";

export interface WorkerOptions {
  /**
   * Heap of the plugin, in MiB; more ends it with "out-of-memory". Bun ignores it (see the transport's capabilities).
   * @default the runtime's own limit
   */
  readonly memoryLimitMb?: number;
}

export interface WorkerSpec extends WorkerOptions {
  readonly module: URL;
}

export const workerOptions = moduleOptions("a worker plugin", object({ memoryLimitMb: numberFrom(8) }));
