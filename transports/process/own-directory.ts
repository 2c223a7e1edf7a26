/**
 * Directories in a folder that others may write to, as /tmp. Their names prove nothing: another user may have made one of that name, or
 * put something else in its place between two looks at it. So a directory is opened once, looked at by what was opened, and reached
 * through that from then on.
 */
import { closeSync, constants, existsSync, fstatSync, lstatSync, openSync, statSync, unlinkSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { errorCode } from "../../src/values/error-text.ts";

export interface OwnDirectory extends Disposable {
  /** A path that leads into this directory, whatever becomes of its name, until it is disposed. */
  readonly path: string;
}

/** What the system says of a name that is not there, or is that of something else. */
const notOne: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "ELOOP", "EACCES", "EMLINK"]);

/**
 * Opens a directory that is this user's alone; anything else, a link to one included, is `undefined`.
 * @throws the system's error where it could not look, as for want of descriptors
 */
export function openOwnDirectory(path: string): OwnDirectory | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  } catch (error) {
    if (notOne.has(errorCode(error) ?? "")) return undefined;
    throw error;
  }
  const within = isOurs(fstatSync(descriptor)) ? reach(descriptor, path) : undefined;
  if (within !== undefined) return { path: within, [Symbol.dispose]: () => closeSync(descriptor) };
  closeSync(descriptor);
  return undefined;
}

/**
 * Empties a directory.
 * @param last what goes last of all: where this process dies before, the rest is still known by it
 */
export async function emptyDirectory({ path }: OwnDirectory, last: string): Promise<void> {
  const names = (await readdir(path)).filter((name) => name !== last);
  for (const name of [...names, last]) await rm(join(path, name), { recursive: true, force: true });
}

/** Removes a file, wherever it has gone by now. (Bun's rm with `force` throws where the file's directory is not there.) */
export function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It is not there, or no longer ours.
  }
}

export function isSocket(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true;
}

function isOurs({ uid, mode }: { uid: number; mode: number }): boolean {
  return uid === process.geteuid?.() && (mode & 0o777) === 0o700;
}

/** Linux has a path for what is open. Elsewhere its name is used, if no other user can give it to something else. */
function reach(descriptor: number, path: string): string | undefined {
  const opened = `/proc/self/fd/${descriptor}`;
  if (existsSync(opened)) return opened;
  const { uid, mode } = statSync(dirname(path));
  return uid === process.geteuid?.() && (mode & 0o022) === 0 ? path : undefined;
}
