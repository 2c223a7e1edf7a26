/**
 * A directory for each host, which holds those of its plugins' instances. In it the host listens on a socket for as long as it lives: that
 * is how others see whether it does, also from where process ids mean something else. What dead hosts have left is swept with the first.
 */
import { accessSync, constants, existsSync, statSync } from "node:fs";
import { mkdtemp, readdir, rename, rmdir } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { errorCode } from "../../src/values/error-text.ts";
import { ignore } from "../calls/iterables.ts";
import { type OrphanGuard, startOrphanGuard } from "./orphan-guard.ts";
import { emptyDirectory, isSocket, openOwnDirectory, removeFile } from "./own-directory.ts";
import { listen } from "./sockets.ts";

export interface HostDirectory {
  readonly path: string;
  /** Sees to it that the host's plugins end and the directory goes when the host dies. False where nothing can. */
  guard(): boolean;
  /** To be called once by each that uses it. With the last, the directory goes. */
  release(): Promise<void>;
}

const prefix = "loopp-host-";
/** The socket that says that the host lives. */
const lock = "lock";
/** Its name until it answers: one that does not would be taken for that of a dead host. */
const newLock = "lock.new";

interface Shared {
  readonly opened: Promise<{ readonly path: string; readonly server: Server }>;
  guard?: OrphanGuard | undefined;
  users: number;
}

let shared: Shared | undefined;
let sweeping: Promise<void> | undefined;

/** The directory that this host has, or makes now. */
export async function useHostDirectory(): Promise<HostDirectory> {
  shared ??= { opened: openDirectory(), users: 0 };
  const mine = shared;
  mine.users++;
  const leave = () => {
    if (shared === mine) shared = undefined;
  };
  const { path, server } = await mine.opened.catch((error: unknown) => {
    leave();
    throw error;
  });
  const release = async () => {
    if (--mine.users > 0) return;
    leave();
    mine.guard?.dismiss();
    await remove(path).finally(() => server.close());
  };
  if (!existsSync(join(path, lock))) {
    // Something has tidied up a folder of temporary files.
    leave();
    await release();
    return useHostDirectory();
  }
  return {
    path,
    guard() {
      mine.guard ??= startOrphanGuard(path);
      return mine.guard !== undefined;
    },
    release,
  };
}

/** @throws Error where something else has its name by now */
async function remove(path: string): Promise<void> {
  if (!existsSync(path)) return;
  using directory = openOwnDirectory(path);
  if (directory === undefined || !isSocket(join(directory.path, lock))) {
    throw new Error(`${path} is left as it is: it is not the directory that was made there`);
  }
  await emptyDirectory(directory, lock);
  // This goes by name: what is there by now is removed where it is an empty directory, and else it stays.
  await rmdir(path);
}

async function openDirectory(): Promise<{ path: string; server: Server }> {
  const folder = base();
  sweeping ??= sweep(folder);
  await sweeping;
  for (let attempt = 1; ; attempt++) {
    const path = await mkdtemp(join(folder, prefix));
    const server = createServer((socket) => socket.destroy());
    try {
      await listen(server, join(path, newLock));
      server.unref();
      await rename(join(path, newLock), join(path, lock));
      return { path, server };
    } catch (error) {
      server.close(ignore);
      // Another host that swept may have come before the lock.
      if (!existsSync(path) && attempt < 5) continue;
      removeFile(join(path, newLock));
      await rmdir(path).catch(ignore);
      throw error;
    }
  }
}

/** Where they are made: private to the user where the system has such a folder. Not every environment names one that exists. */
function base(): string {
  const folders = [process.env.XDG_RUNTIME_DIR, tmpdir(), "/tmp"];
  return folders.find((folder) => folder && isUsable(folder)) || tmpdir();
}

/** Another user's folder is that user's to rename in, whatever its mode says. */
function isUsable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return [0, process.geteuid?.()].includes(statSync(folder).uid);
  } catch {
    return false;
  }
}

async function sweep(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  // One after the other: what others have put there must not use up this host's descriptors.
  for (const name of names) if (name.startsWith(prefix)) await sweepDirectory(join(folder, name)).catch(ignore);
}

async function sweepDirectory(path: string): Promise<void> {
  using directory = openOwnDirectory(path);
  if (directory === undefined) return;
  const socket = join(directory.path, lock);
  if (!isSocket(socket)) {
    // Its host has died before it listened, or is about to: then it finds its directory gone and makes another.
    removeFile(join(directory.path, newLock));
    await rmdir(path);
  } else if (await isDead(socket)) {
    await emptyDirectory(directory, lock);
    await rmdir(path);
  }
}

/** Only "refused" means that there is no listener; one that is busy does not get round to answer. */
function isDead(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const wire = connect(socket);
    wire.once("connect", () => {
      wire.destroy();
      resolve(false);
    });
    wire.once("error", (error) => resolve(errorCode(error) === "ECONNREFUSED"));
  });
}
