/** The transports that every runtime has, unless an embedder replaces one. */
import { createInProcessTransport } from "../../transports/in-process/index.ts";
import { createProcessTransport } from "../../transports/process/index.ts";
import type { PluginTransport } from "../../transports/transport.ts";
import { createWorkerTransport } from "../../transports/worker/index.ts";

export const builtInTransports: readonly PluginTransport[] = [
  createInProcessTransport(),
  createWorkerTransport(),
  createProcessTransport(),
];

/** Their names in flags and config files. */
export const transportKinds: readonly string[] = builtInTransports.map(({ kind }) => kind);
