/** The plugin's place in a thread of its own. */
import { type MessagePort, threadId } from "node:worker_threads";
import { serveOverLink } from "../link/guest.ts";
import { createPortChannel } from "./channel.ts";

/** Runs a plugin for its whole life. Resolves when it has ended in peace. */
export function runGuest({ port }: { port: MessagePort }): Promise<void> {
  return serveOverLink(createPortChannel(port), { threadId });
}
