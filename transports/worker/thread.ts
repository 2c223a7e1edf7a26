/** A thread for one life: a Piscina pool of exactly one, which is given up with the first exit. */
import type { MessagePort } from "node:worker_threads";
import { Piscina } from "piscina";
import { ignore } from "../calls/iterables.ts";
import type { PluginExit } from "../transport.ts";

export interface Thread {
  /**
   * Begins the life, whose guest gets the port. Resolves when the thread has ended, with what was seen of it; "clean" when the guest came
   * to its end.
   */
  run(port: MessagePort): Promise<Partial<PluginExit>>;
  /** Ends the thread by force where it still runs. Called once. */
  destroy(): Promise<void>;
}

export function startThread(memoryLimitMb: number | undefined): Thread {
  const pool = new Piscina({
    filename: new URL("./entry.ts", import.meta.url).href,
    minThreads: 1,
    maxThreads: 1,
    atomics: "disabled",
    // Nobody asks for its histograms, and on Deno they cost 0.7 MB a life until they are collected.
    recordTiming: false,
    idleTimeout: Number.POSITIVE_INFINITY,
    ...(memoryLimitMb === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: memoryLimitMb } }),
  });
  // A thread that ends by itself is this life's end. Piscina would start another at once, only to be told to end it.
  pool.options.minThreads = 0;
  pool.on("error", ignore);
  return {
    run(port) {
      const ran: Promise<void> = pool.run({ port }, { name: "runGuest", transferList: [port] });
      return ran.then(() => ({ reason: "clean" }), exitOf);
    },
    destroy: () => pool.destroy(),
  };
}

/** Piscina tells of a thread's end by the error of its task. */
function exitOf(error: unknown): Partial<PluginExit> {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Error && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY") {
    return { reason: "out-of-memory", message };
  }
  const code = /^worker exited with code: (\d+)$/.exec(message)?.[1];
  return code === undefined
    ? { reason: "crashed", message: message.split("\n", 1)[0] ?? message }
    : { reason: "crashed", code: Number(code) };
}
