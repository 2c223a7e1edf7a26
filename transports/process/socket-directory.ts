/** A private directory for each instance: its sockets and its config file. What dead hosts have left is swept with the first one. */
import { accessSync, constants, rmSync } from "node:fs";
import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { errorText } from "../../src/values/error-text.ts";
import type { LogEntry } from "../plugin.ts";
import { isProcessAlive, startTimeOf } from "./process-state.ts";

export interface SocketDirectory {
  readonly path: string;
  /** A path that no socket of this directory had before. */
  nextSocket(): string;
  remove(): Promise<void>;
  /** Removes the sockets that were made here, and nothing else. */
  removeSockets(): void;
}

/** The directory's name tells whose it is, so that a later host sees whether that host still runs. */
export async function createSocketDirectory(): Promise<SocketDirectory> {
  const folder = base();
  sweeping ??= sweep(folder);
  await sweeping;
  const path = await mkdtemp(join(folder, `loopp-${process.pid}-${startTimeOf(process.pid)}-`));
  await chmod(path, 0o700);
  return socketDirectory(path, () => rm(path, { recursive: true, force: true }));
}

/** A directory that others made and remove. */
export function borrowSocketDirectory(path: string): SocketDirectory {
  return socketDirectory(path, async () => {});
}

/** Removes a directory, or says in the plugin's log why it is still there. */
export async function removeDirectory(directory: SocketDirectory, log: (entry: LogEntry) => void): Promise<void> {
  await directory.remove().catch((cause: unknown) => {
    const message = `cannot remove ${directory.path}: ${errorText(cause)}`;
    log({ level: "warn", message, time: Date.now(), fields: {}, source: "host" });
  });
}

/** Where they are made: private to the user where the system has such a place. Not every environment names what is there. */
function base(): string {
  const places = [process.env.XDG_RUNTIME_DIR, tmpdir(), "/tmp"];
  return places.find((place) => place && isUsable(place)) || tmpdir();
}

function isUsable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function socketDirectory(path: string, remove: () => Promise<void>): SocketDirectory {
  let sockets = 0;
  // Two processes may share a directory; the process id keeps their sockets apart.
  const socket = (number: number) => join(path, `${process.pid}-${number}.sock`);
  return {
    path,
    nextSocket: () => socket(++sockets),
    remove,
    removeSockets() {
      for (let number = 1; number <= sockets; number++) rmSync(socket(number), { force: true });
    },
  };
}

let sweeping: Promise<void> | undefined;

async function sweep(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const dead = entries.filter((entry) => {
    const [, pid, startTime] = /^loopp-(\d+)-(\d+)-/.exec(entry.name) ?? [];
    return pid !== undefined && entry.isDirectory() && !isProcessAlive(Number(pid), Number(startTime));
  });
  // Another user's directory cannot be removed and is none of our business.
  await Promise.all(dead.map(({ name }) => rm(join(folder, name), { recursive: true, force: true }).catch(() => {})));
}
