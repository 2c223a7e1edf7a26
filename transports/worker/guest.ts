/** The plugin's side in a thread of its own. */
import { type MessagePort, threadId } from "node:worker_threads";
import { runtimeName } from "../../src/values/platform.ts";
import { serveOverLink } from "../link/program.ts";
import { createPortChannel } from "./channel.ts";
import { createInterruption } from "./interruption.ts";

/** Runs a plugin. Resolves when it has shut down gracefully. */
export function runGuest({ port }: { port: MessagePort }): Promise<void> {
  const interruption = runtimeName === "deno" ? createInterruption(port) : undefined;
  return serveOverLink(createPortChannel(port), { threadId }, interruption?.allow);
}
