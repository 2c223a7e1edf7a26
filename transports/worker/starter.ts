/**
 * Starts threads from a thread of its own, which waits in the host's place. Deno holds the loop that starts a thread until the thread is
 * there: 30 to 90 ms, and some 300 ms while another that is to end still spins.
 */
import { MessageChannel, Worker } from "node:worker_threads";
import type { PluginExit } from "../transport.ts";
import type { FromStarter, StartRequest } from "./starter-entry.ts";
import type { Thread } from "./thread.ts";

/** One for the whole process: it costs a thread, and only its own start is felt. */
let starter: Worker | undefined;
/** Threads that it has started and that are not yet taken away; without any, it keeps no process from ending. */
let threads = 0;

export function startThreadElsewhere(memoryLimitMb: number | undefined): Thread {
  starter ??= begin();
  const worker = starter;
  const { port1: control, port2: starterControl } = new MessageChannel();
  const ended = Promise.withResolvers<Partial<PluginExit>>();
  const destroyed = Promise.withResolvers<void>();
  const onLost = () => {
    ended.resolve({ reason: "crashed", message: "the thread that starts the workers' threads has ended" });
    destroyed.resolve();
  };
  worker.once("exit", onLost);
  if (threads++ === 0) worker.ref();
  control.on("message", (message: FromStarter) => {
    if (message.type === "ended") ended.resolve(message.exit);
    else destroyed.resolve();
  });
  void destroyed.promise.then(() => {
    control.close();
    worker.off("exit", onLost);
    if (--threads === 0) worker.unref();
  });
  return {
    run(port) {
      const request: StartRequest = { memoryLimitMb, port, control: starterControl };
      worker.postMessage(request, [port, starterControl]);
      return ended.promise;
    },
    destroy() {
      control.postMessage("destroy");
      return destroyed.promise;
    },
  };
}

function begin(): Worker {
  const worker = new Worker(new URL("./starter-entry.ts", import.meta.url));
  worker.once("exit", () => {
    if (starter === worker) starter = undefined;
  });
  return worker;
}
