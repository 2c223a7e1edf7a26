/** Which file a command means, by the rules of those who start it. */
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, resolve } from "node:path";

export interface CommandContext {
  /** The `PATH` that it is started with. */
  readonly path: string | undefined;
  /** The directory that it is started in. */
  readonly cwd: string;
}

/** @returns `undefined` where there is none that may be executed */
export function findExecutable(command: string, { path, cwd }: CommandContext): string | undefined {
  // Without a PATH, what the system takes.
  const folders = command.includes("/") ? [cwd] : (path ?? "/usr/bin:/bin").split(delimiter);
  return folders.map((folder) => resolve(cwd, folder, command)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
