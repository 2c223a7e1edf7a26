/** The plugin's side in a thread of its own. */
import { type MessagePort, threadId } from "node:worker_threads";
import { runtimeName } from "../../src/values/platform.ts";
import { serveOverLink } from "../link/program.ts";
import { createPortChannel } from "./channel.ts";
import { createInterruption } from "./interruption.ts";
import { watchOwnMemory } from "./memory-watch.ts";

export interface WorkerTask {
  readonly port: MessagePort;
  readonly memoryLimitMb: number | undefined;
}

/** Runs a plugin. Resolves when it has shut down gracefully, or with what was found when it takes too much memory. */
export async function runGuest({ port, memoryLimitMb }: WorkerTask): Promise<string | undefined> {
  if (runtimeName !== "deno") return serve(port);
  const served = serve(port, createInterruption(port).allow);
  return memoryLimitMb === undefined ? served : Promise.race([served, watchOwnMemory(memoryLimitMb)]);
}

async function serve(port: MessagePort, onReady?: () => void): Promise<undefined> {
  await serveOverLink(createPortChannel(port), { threadId }, onReady);
}
