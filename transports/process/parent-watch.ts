/**
 * Ends this process when its host dies, even while the plugin's own loop is busy: a small thread looks at the parent's process id. For
 * hosts that have no guard of ours.
 */
import { Worker } from "node:worker_threads";

interface Watched {
  /** What to end, for `process.kill`. */
  readonly targets: readonly number[];
  /** Its parent at the start: the host, or a program between the two that started this runtime. */
  readonly parent: number;
  readonly intervalMs: number;
}

const intervalMs = 250;

/** @returns what settles once the thread looks; a plugin that blocks its loop before would keep it from starting. Never rejects */
export function startParentWatch(): Promise<void> {
  const { pid, ppid: parent } = process;
  // This process with all of its group; alone where it leads none. To the system, -1 would mean everybody.
  const targets = pid === 1 ? [pid] : [-pid, pid];
  const workerData: Watched = { targets, parent, intervalMs };
  const worker = new Worker(`(${watch})();`, { eval: true, workerData, execArgv: [] });
  const watching = new Promise<void>((resolve) => {
    worker.once("message", () => resolve());
    worker.once("error", () => resolve());
  });
  worker.unref();
  // A watch that cannot run is a host's crash away from an orphan, and no reason to end a plugin that works.
  worker.on("error", (error) => process.stderr.write(`cannot watch the host process: ${error.message}\n`));
  return watching;
}

/** What the thread does. It is given the text of this function alone: to load a module there would cost a start as much as the plugin's. */
function watch(): void {
  const { parentPort, workerData } = process.getBuiltinModule("node:worker_threads");
  const { targets, parent, intervalMs }: Watched = workerData;
  setInterval(() => {
    if (process.ppid === parent) return;
    for (const target of targets) {
      try {
        process.kill(target, "SIGKILL");
      } catch {
        // There is none.
      }
    }
  }, intervalMs);
  parentPort?.postMessage("watching");
}
