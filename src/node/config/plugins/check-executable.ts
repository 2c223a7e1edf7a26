/** Checks that the program of a command exists. */
import { statSync } from "node:fs";
import { resolve } from "node:path";
import { type CommandContext, findExecutable } from "../../../../transports/process/executable.ts";
import { describe } from "../../../values/text.ts";

/** @returns what is wrong, in one sentence; `undefined` where it can be started */
export function checkProgram(command: string, context: CommandContext): string | undefined {
  if (findExecutable(command, context) !== undefined) return undefined;
  if (!command.includes("/")) {
    return `There is no program ${describe(command)} on the PATH that it would be started with: install it, or give its path`;
  }
  const file = resolve(context.cwd, command);
  return statSync(file, { throwIfNoEntry: false })?.isFile()
    ? `${describe(file)} is not executable: run chmod +x on it`
    : `There is no program ${describe(file)}`;
}
