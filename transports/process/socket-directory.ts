/** A directory for each instance: its sockets, its config file, and who leads its processes. */
import { randomBytes } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { errorText } from "../../src/values/error-text.ts";
import type { LogEntry } from "../plugin.ts";
import { type HostDirectory, useHostDirectory } from "./host-directory.ts";
import { markGuarded } from "./orphan-guard.ts";
import { openOwnDirectory, removeFile } from "./own-directory.ts";
import { tryToListen } from "./sockets.ts";

export interface SocketDirectory {
  readonly path: string;
  /** A path that no socket of this directory had before. */
  nextSocket(): string;
  /** What keeps further sockets from being made, in one line; `undefined` where nothing does. Never rejects. */
  fault(): Promise<string | undefined>;
  remove(): Promise<void>;
  /** Removes the sockets that were made here, and nothing else. */
  removeSockets(): void;
}

/** One in the directory of this host. */
export interface InstanceDirectory extends SocketDirectory {
  /** Sees to it that what runs in it ends, and that it goes, when this process dies. False where nothing can. */
  guard(): boolean;
}

let made = 0;

export async function createSocketDirectory(): Promise<InstanceDirectory> {
  const host = await useHostDirectory();
  const name = String(++made);
  const path = join(host.path, name);
  await mkdir(path, { mode: 0o700 }).catch(async (error: unknown) => {
    await host.release();
    throw error;
  });
  return {
    ...socketDirectory(path, () => removeFrom(host, name)),
    guard() {
      const guarded = host.guard();
      if (guarded) markGuarded(path);
      return guarded;
    },
  };
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

async function removeFrom(host: HostDirectory, name: string): Promise<void> {
  try {
    using directory = openOwnDirectory(host.path);
    if (directory !== undefined) await rm(join(directory.path, name), { recursive: true, force: true });
  } finally {
    // What could not be removed goes with the host's directory.
    await host.release();
  }
}

function socketDirectory(path: string, remove: () => Promise<void>): SocketDirectory {
  let sockets = 0;
  // Two processes may share a directory, and even a process id where each has ids of its own.
  const maker = randomBytes(4).toString("hex");
  const socket = (number: number) => join(path, `${maker}-${number}.sock`);
  let trying: Promise<string | undefined> | undefined;
  return {
    path,
    nextSocket: () => socket(++sockets),
    fault() {
      // One at a time, as they have one name.
      trying ??= tryToListen(socket(0))
        .then(() => undefined, errorText)
        .finally(() => {
          trying = undefined;
        });
      return trying;
    },
    remove,
    removeSockets() {
      for (let number = 0; number <= sockets; number++) removeFile(socket(number));
    },
  };
}
