/** A private directory for each life: its sockets and its config file. What dead hosts have left is swept with the first one. */
import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isProcessAlive } from "./process-state.ts";

export interface SocketDirectory {
  readonly path: string;
  /** A path that no socket of this directory had before. */
  nextSocket(): string;
  remove(): Promise<void>;
}

const prefix = "loopp-";

/** Where they are made: private to the user where the system has such a place. */
function base(): string {
  return process.env.XDG_RUNTIME_DIR || tmpdir();
}

/** The directory's name tells whose it is, so that a later host sees whether that one still lives. */
export async function createSocketDirectory(): Promise<SocketDirectory> {
  sweeping ??= sweep(base());
  await sweeping;
  const path = await mkdtemp(join(base(), `${prefix}${process.pid}-`));
  await chmod(path, 0o700);
  return socketDirectory(path, () => rm(path, { recursive: true, force: true }));
}

/** A directory that somebody else made and removes: what is removed here is this process's part of it. */
export function borrowSocketDirectory(path: string): SocketDirectory {
  return socketDirectory(path, async () => {
    const own = (await readdir(path).catch(() => [])).filter((name) => name.startsWith(`${process.pid}-`));
    await Promise.all(own.map((name) => rm(join(path, name), { force: true })));
  });
}

function socketDirectory(path: string, remove: () => Promise<void>): SocketDirectory {
  let sockets = 0;
  // Two processes may share a directory; the process id keeps their sockets apart.
  return { path, nextSocket: () => join(path, `${process.pid}-${++sockets}.sock`), remove };
}

let sweeping: Promise<void> | undefined;

async function sweep(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const dead = names.filter((name) => {
    const pid = name.startsWith(prefix) ? /^(\d+)-/.exec(name.slice(prefix.length))?.[1] : undefined;
    return pid !== undefined && !isProcessAlive(Number(pid));
  });
  // Another user's directory cannot be removed and is none of our business.
  await Promise.all(dead.map((name) => rm(join(folder, name), { recursive: true, force: true }).catch(() => {})));
}
