/**
 * Ends this process when its host dies, even while the plugin's own loop is busy: a small thread looks at the parent's
 * process id. (A host that is killed cannot say so, and no event of a socket reaches a loop that does not turn.)
 */
import { rmSync } from "node:fs";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { isProcessAlive, killWithGroup } from "./process-state.ts";

export interface ParentWatch {
  /** Settles once the thread looks; a plugin that blocks its loop before would keep it from starting. Never rejects. */
  readonly watching: Promise<void>;
  /** Names a directory that is removed before the end. */
  removes(directory: string): void;
}

interface Watched {
  /** The parent at the start: the host, or a program between the two that started this runtime. */
  readonly parent: number;
  /** The host, where it told its number. */
  readonly host: number | undefined;
}

const intervalMs = 250;

export function startParentWatch(host: number | undefined): ParentWatch {
  const watched: Watched = { parent: process.ppid, host };
  const worker = new Worker(new URL(import.meta.url), { workerData: watched });
  const watching = new Promise<void>((resolve) => {
    worker.once("message", () => resolve());
    worker.once("error", () => resolve());
  });
  worker.unref();
  // A watch that cannot run is a host's crash away from an orphan, and no reason to end a plugin that works.
  worker.on("error", (error) => process.stderr.write(`cannot watch the host process: ${error.message}\n`));
  return { watching, removes: (directory) => worker.postMessage(directory) };
}

if (!isMainThread && isWatched(workerData)) {
  const { parent, host } = workerData;
  const directories: unknown[] = [];
  parentPort?.on("message", (directory: unknown) => directories.push(directory));
  setInterval(() => {
    if (process.ppid === parent && (host === undefined || isProcessAlive(host))) return;
    for (const directory of directories) rmSync(String(directory), { recursive: true, force: true });
    killWithGroup(process.pid);
  }, intervalMs);
  parentPort?.postMessage("watching");
}

function isWatched(value: unknown): value is Watched {
  return typeof value === "object" && value !== null && "parent" in value && "host" in value;
}
