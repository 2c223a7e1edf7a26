/**
 * Ends this process when its host dies, even while the plugin's own loop is busy: a small thread looks at the parent's
 * process id. (A host that is killed tells nobody, and nothing that a socket shows reaches a loop that does not turn.)
 */
import { rmSync } from "node:fs";
import { isMainThread, Worker, workerData } from "node:worker_threads";
import { killGroup } from "./process-state.ts";

export interface ParentWatch {
  /** The parent's process id at the start. */
  readonly parent: number;
  /** Removed before the end. */
  readonly socketDirectory: string;
}

const intervalMs = 250;

export function startParentWatch(watch: ParentWatch): void {
  const worker = new Worker(new URL(import.meta.url), { workerData: watch });
  worker.unref();
  // A watch that cannot run is a host's crash away from an orphan, and no reason to end a plugin that works.
  worker.on("error", (error) => process.stderr.write(`cannot watch the host process: ${error.message}\n`));
}

if (!isMainThread && isParentWatch(workerData)) {
  const { parent, socketDirectory } = workerData;
  setInterval(() => {
    if (process.ppid === parent) return;
    rmSync(socketDirectory, { recursive: true, force: true });
    killGroup(process.pid);
  }, intervalMs);
}

function isParentWatch(value: unknown): value is ParentWatch {
  return typeof value === "object" && value !== null && "parent" in value && "socketDirectory" in value;
}
