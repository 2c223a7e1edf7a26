/** What a plugin's thread loads, and nothing that it does: for the measure of what the runtime makes of threads that come and go. */
import type { MessagePort } from "node:worker_threads";
import { parentPort } from "node:worker_threads";
import "../../../src/guest/program.ts";
import "../../../transports/link/guest.ts";
import "../plugins/enduring.plugin.ts";

/** As Piscina's task: says that it is there, and ends as the other end of its own port says. */
export function hold({ port }: { port: MessagePort }): Promise<void> {
  return new Promise((resolve) => {
    port.once("message", (how: unknown) => {
      if (how === "exit") process.exit(3);
      port.close();
      resolve();
    });
    port.postMessage("up");
  });
}

/** As a thread of its own: answers when it is asked. */
parentPort?.on("message", (message: unknown) => {
  if (message === "up?") parentPort?.postMessage("up");
});
