/** Comlink on a worker thread. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { wrap } from "comlink";
import type { Contender } from "../contender.ts";
import { nodeEndpoint } from "../peers/comlink-endpoint.ts";
import type { EchoApi } from "../peers/comlink-thread.ts";

export const comlink: Contender = {
  name: "comlink",
  about:
    "Comlink over a worker thread; structured clone instead of protobuf, no deadline, no signal, no headers, " +
    "errors as name and text, no streams",
  role: "peer",
  async start() {
    const thread = new Worker(new URL("../peers/comlink-thread.ts", import.meta.url));
    const failed = once(thread, "exit").then(() => {
      throw new Error("Cannot use the worker thread: it ended before it answered");
    });
    const api = wrap<EchoApi>(nodeEndpoint(thread));
    await Promise.race([failed, api.echo({ number: 0, data: new Uint8Array() })]);
    failed.catch(() => {});
    return {
      call: (data) => api.echo({ number: data.length, data }),
      async stop() {
        await thread.terminate();
      },
    };
  },
};
