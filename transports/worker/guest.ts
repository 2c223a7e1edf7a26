/** The plugin's side in a thread of its own. */
import { type MessagePort, threadId } from "node:worker_threads";
import { runtimeName } from "../../src/values/platform.ts";
import { serveOverLink } from "../link/program.ts";
import { createRingChannel, type Rings } from "../link/ring-channel.ts";
import { createInterruption } from "./interruption.ts";
import { watchOwnMemory } from "./memory-watch.ts";

export interface WorkerTask {
  readonly port: MessagePort;
  readonly rings: Rings;
  readonly memoryLimitMb: number | undefined;
}

/** Runs a plugin. Resolves when it has shut down gracefully, or with what was found when it takes too much memory. */
export async function runGuest({ memoryLimitMb, ...task }: WorkerTask): Promise<string | undefined> {
  if (runtimeName !== "deno") return serve(task);
  const served = serve(task, createInterruption(task.port).allow);
  return memoryLimitMb === undefined ? served : Promise.race([served, watchOwnMemory(memoryLimitMb)]);
}

async function serve({ port, rings }: Pick<WorkerTask, "port" | "rings">, onReady?: () => void): Promise<undefined> {
  await serveOverLink(createRingChannel(port, "guest", rings), { threadId }, onReady);
}
