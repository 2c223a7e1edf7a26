/** The worker transport: one thread for each life. */
import { MessageChannel } from "node:worker_threads";
import { launchOverLink } from "../link/host.ts";
import { checkOptions, numberFrom } from "../options.ts";
import { runtimeName } from "../platform.ts";
import type { Life, PluginInstance, PluginTransport } from "../transport.ts";
import { createPortChannel } from "./channel.ts";
import { startThreadElsewhere } from "./starter.ts";
import { startThread } from "./thread.ts";

const start = runtimeName === "deno" ? startThreadElsewhere : startThread;

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

export function createWorkerTransport(): PluginTransport<WorkerSpec> {
  return {
    kind: "worker",
    capabilities: {
      boundary: "thread",
      preemptible: true,
      memoryLimit: runtimeName !== "bun",
      crossLanguage: false,
      capturesConsole: true,
    },
    parse(source, options, path) {
      if (!(source instanceof URL)) throw new TypeError(`${path}: a worker plugin needs the URL of a \`module\``);
      return { module: source, ...checkOptions(options, path, { memoryLimitMb: numberFrom(8) }) };
    },
    launch,
  };
}

async function launch({ module, memoryLimitMb }: WorkerSpec, life: Life): Promise<PluginInstance> {
  const { port1: port, port2: guestPort } = new MessageChannel();
  const { run, destroy } = start(memoryLimitMb);
  return launchOverLink({ channel: createPortChannel(port), module, ended: run(guestPort), destroy }, life);
}
