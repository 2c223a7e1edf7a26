/**
 * Ends a thread whose heap has grown too large, before the runtime does. Node has a limit of its own for a thread, but when that is met by
 * a single large allocation, as a growing array or Map makes them, Node ends the whole process.
 */
import type { Worker } from "node:worker_threads";
import { runtimeName } from "../../src/values/platform.ts";
import { ignore } from "../calls/iterables.ts";

export interface MemoryWatch {
  /** What was found, once it was too much. */
  readonly finding: string | undefined;
  stop(): void;
}

const intervalMs = 50;
const bytesPerMb = 1024 * 1024;

/**
 * What a heap may have before its thread is ended, in MiB: the limit, and what garbage may be in it, which cannot be told apart from
 * outside. A heap that is collected often has less than half of its size of that, and the objects of the last moments.
 */
const endAtMb = (limitMb: number) => limitMb * 1.5 + 32;

/** What may be allocated between two looks: of Node, by one large allocation. Deno stands that, and needs room for the looks alone. */
const roomMb = { node: 1024, deno: 128, bun: 0 };

/** The limit that the runtime itself is given; Bun has none. @param limitMb as a user has set it */
export function threadLimitMb(limitMb: number): number {
  return endAtMb(limitMb) + roomMb[runtimeName];
}

function tooMuch(bytes: number, limitMb: number): string | undefined {
  if (bytes < endAtMb(limitMb) * bytesPerMb) return undefined;
  return `its heap had ${Math.round(bytes / bytesPerMb)} MiB, and its memoryLimitMb is ${limitMb}`;
}

/**
 * The same in the thread, where the host cannot ask for its heap. (Deno's own limit ends a thread that is busy; one that is met
 * by it between two turns of its loop only stops.)
 * @returns what resolves with what was found, once it is too much
 */
export function watchOwnMemory(limitMb: number): Promise<string> {
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const finding = tooMuch(process.memoryUsage().heapUsed, limitMb);
      if (finding === undefined) return;
      clearInterval(timer);
      resolve(finding);
    }, intervalMs);
    timer.unref();
  });
}

/** @param end called once, when it is too much */
export function watchMemory(thread: Worker, limitMb: number, end: () => void): MemoryWatch {
  let finding: string | undefined;
  let asking = false;
  // Node answers for a thread that is busy, too; Bun when the thread's loop turns; on Deno there is nothing to ask.
  const timer = "getHeapStatistics" in thread ? setInterval(() => void look().catch(ignore), intervalMs) : undefined;
  timer?.unref();

  async function look(): Promise<void> {
    if (asking) return;
    asking = true;
    const { used_heap_size: bytes } = await thread.getHeapStatistics().finally(() => {
      asking = false;
    });
    if (finding !== undefined) return;
    finding = tooMuch(bytes, limitMb);
    if (finding === undefined) return;
    stop();
    end();
  }
  function stop(): void {
    clearInterval(timer);
  }

  return {
    get finding() {
      return finding;
    },
    stop,
  };
}
