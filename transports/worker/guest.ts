/** The plugin's place in a thread of its own. */
import { type MessagePort, threadId } from "node:worker_threads";
import { serveOverLink } from "../link/guest.ts";
import { runtimeName } from "../platform.ts";
import { createPortChannel } from "./channel.ts";

/** Runs a plugin for its whole life. Resolves when it has ended in peace. */
export function runGuest({ port }: { port: MessagePort }): Promise<void> {
  return serveOverLink(createPortChannel(port), { threadId }, runtimeName === "deno" ? becomeStoppable : undefined);
}

/**
 * Deno 2.9 lets a terminated thread run on until it yields, unless it holds a lock, which nobody else may get before. Not earlier than
 * the plugin is ready: Deno may panic over a thread that is stopped while it loads a module of Deno's own.
 */
function becomeStoppable(): void {
  void navigator.locks.request(crypto.randomUUID(), () => new Promise(() => {}));
}
