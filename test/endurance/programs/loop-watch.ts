/**
 * For how long the event loop did not turn. Time that the thread was ready to run and got no processor is not counted: the kernel
 * tells it, and it is the machine's doing.
 */
import { readFileSync } from "node:fs";

export interface LoopWatch {
  /** The longest time, in milliseconds, since the last call. */
  take(): number;
  stop(): void;
}

const everyMs = 5;

export function watchLoop(): LoopWatch {
  let worst = 0;
  let last = performance.now();
  let waited = waitedMs();
  const timer = setInterval(() => {
    const now = performance.now();
    const nowWaited = waitedMs();
    worst = Math.max(worst, now - last - everyMs - (nowWaited - waited));
    last = now;
    waited = nowWaited;
  }, everyMs);
  return {
    take() {
      const taken = worst;
      worst = 0;
      return taken;
    },
    stop: () => clearInterval(timer),
  };
}

/** How long the main thread has waited for a processor so far. */
function waitedMs(): number {
  return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, "utf8").split(" ")[1]) / 1e6;
}
