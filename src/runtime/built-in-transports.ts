/** The transports that every runtime has. */
import { createInProcessTransport } from "../../transports/in-process/index.ts";
import { createProcessTransport } from "../../transports/process/index.ts";
import type { PluginTransport } from "../../transports/transport.ts";
import { createWorkerTransport } from "../../transports/worker/index.ts";

/** By itself for those who ask what it makes of a command. */
export const processTransport = createProcessTransport();

export const builtInTransports: readonly PluginTransport[] = [
  createInProcessTransport(),
  createWorkerTransport(),
  processTransport,
];

/** What flags and config files call them. */
export const transportKinds: readonly string[] = builtInTransports.map(({ kind }) => kind);
