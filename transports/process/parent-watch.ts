/**
 * Ends this process when its host dies, even while the plugin's own loop is busy: a small thread looks at the parent's process id. For
 * hosts that have no guard of ours.
 */
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { killWithGroup } from "./kill-group.ts";

interface Watched {
  /** The parent at the start: the host, or a program between the two that started this runtime. */
  readonly parent: number;
}

const intervalMs = 250;

/** @returns what settles once the thread looks; a plugin that blocks its loop before would keep it from starting. Never rejects */
export function startParentWatch(): Promise<void> {
  const watched: Watched = { parent: process.ppid };
  const worker = new Worker(new URL(import.meta.url), { workerData: watched });
  const watching = new Promise<void>((resolve) => {
    worker.once("message", () => resolve());
    worker.once("error", () => resolve());
  });
  worker.unref();
  // A watch that cannot run is a host's crash away from an orphan, and no reason to end a plugin that works.
  worker.on("error", (error) => process.stderr.write(`cannot watch the host process: ${error.message}\n`));
  return watching;
}

if (!isMainThread && isWatched(workerData)) {
  const { parent } = workerData;
  setInterval(() => {
    if (process.ppid !== parent) killWithGroup(process.pid);
  }, intervalMs);
  parentPort?.postMessage("watching");
}

function isWatched(value: unknown): value is Watched {
  return typeof value === "object" && value !== null && "parent" in value;
}
