/** What a thread's message port itself allows, with a message for each call. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Contender, Echoed } from "../contender.ts";

export const rawPort: Contender = {
  name: "raw-port",
  about:
    "bytes posted to a worker thread, which posts them back; structured clone of the bytes alone, no deadline, no signal, no headers, no errors",
  role: "bound",
  async start() {
    const thread = new Worker(new URL("../peers/raw-port-thread.ts", import.meta.url));
    await once(thread, "online");
    const waiting: ((echoed: Echoed) => void)[] = [];
    let next = 0;
    // Answers come in the order of the calls.
    thread.on("message", (data: Uint8Array) => {
      waiting[next++]?.({ data });
      if (next === waiting.length) next = waiting.length = 0;
    });
    return {
      call: (data) =>
        new Promise((resolve) => {
          waiting.push(resolve);
          thread.postMessage(data);
        }),
      async stop() {
        await thread.terminate();
      },
    };
  },
};
