/** Whether there is a program that a command names. */
import { statSync } from "node:fs";
import { resolve } from "node:path";
import { type CommandContext, findExecutable } from "../../../../transports/process/executable.ts";
import { describe } from "../../../values/text.ts";

/** @returns what is wrong, in one sentence; `undefined` where it can be started */
export function checkProgram(command: string, place: CommandContext): string | undefined {
  if (findExecutable(command, place) !== undefined) return undefined;
  if (!command.includes("/")) {
    return `There is no program ${describe(command)} on the PATH that it would be started with: install it, or name it by its path`;
  }
  const file = resolve(place.cwd, command);
  return statSync(file, { throwIfNoEntry: false })?.isFile()
    ? `${describe(file)} may not be executed: chmod +x allows it`
    : `There is no program ${describe(file)}`;
}
