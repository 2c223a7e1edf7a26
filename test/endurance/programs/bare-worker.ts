/** What a plugin's thread loads, and nothing that it does: for the measure of what the runtime makes of threads that come and go. */
import type { MessagePort } from "node:worker_threads";
import { parentPort } from "node:worker_threads";
import "../../../src/guest/program.ts";
import "../../../transports/link/guest.ts";
import "../plugins/enduring.plugin.ts";

/** As Piscina's task: never ends by itself. */
export function hold({ port }: { port: MessagePort }): Promise<never> {
  port.postMessage("up");
  return new Promise(() => {});
}

/** As a thread of its own: answers when it is asked. */
parentPort?.on("message", (message: unknown) => {
  if (message === "up?") parentPort?.postMessage("up");
});
