/** Which file a command means, and whether it can be run, by the rules of those who start it. */
import { statSync } from "node:fs";
import { delimiter, resolve } from "node:path";
import { isExecutable, missingRunner, quoted } from "./runner.ts";

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

/** @returns why the command cannot be started, in one sentence without its end; `undefined` where nothing is known against it */
export function whyNotStarted(command: string, context: CommandContext): string | undefined {
  if (!statSync(context.cwd, { throwIfNoEntry: false })?.isDirectory()) {
    return `there is no directory ${quoted(context.cwd)}`;
  }
  const found = findExecutable(command, context);
  if (found !== undefined) return missingRunner(found);
  if (!command.includes("/")) {
    return `there is no program ${quoted(command)} on the PATH that it would be started with: install it, or give its path`;
  }
  const file = resolve(context.cwd, command);
  return statSync(file, { throwIfNoEntry: false })?.isFile()
    ? `${quoted(file)} is not executable: run chmod +x on it`
    : `there is no program ${quoted(file)}`;
}
