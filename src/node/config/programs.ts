/** Whether there is a program that a command names, by the rules of those who start it. */
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, resolve } from "node:path";
import { describe } from "./fields.ts";

export interface ProgramPlace {
  /** The `PATH` that it is started with. */
  readonly path: string | undefined;
  /** The directory that it is started in. */
  readonly cwd: string;
}

/** @returns what is wrong, in one sentence; `undefined` where it can be started */
export function checkProgram(command: string, { path, cwd }: ProgramPlace): string | undefined {
  if (!command.includes("/")) {
    // What the system takes where nobody says anything.
    const folders = (path ?? "/usr/bin:/bin").split(delimiter);
    if (folders.some((folder) => isProgram(resolve(cwd, folder, command)))) return undefined;
    return `There is no program ${describe(command)} on the PATH that it would be started with: install it, or name it by its path`;
  }
  const file = resolve(cwd, command);
  if (isProgram(file)) return undefined;
  return statSync(file, { throwIfNoEntry: false })?.isFile()
    ? `${describe(file)} may not be executed: chmod +x allows it`
    : `There is no program ${describe(file)}`;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
