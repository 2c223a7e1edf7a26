/** The transports that every runtime has. */
import { createInProcessTransport } from "../../transports/in-process/index.ts";
import { createProcessTransport } from "../../transports/process/index.ts";
import type { PluginTransport } from "../../transports/transport.ts";
import { createWorkerTransport } from "../../transports/worker/index.ts";

export const builtInTransports: readonly PluginTransport[] = [
  createInProcessTransport(),
  createWorkerTransport(),
  createProcessTransport(),
];

/** What flags and config files call them. */
export const transportKinds: readonly string[] = builtInTransports.map(({ kind }) => kind);
