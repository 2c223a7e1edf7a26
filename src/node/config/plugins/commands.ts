/**
 * The commands that the environment has for kinds of plugins: those that its variables name, as for a Chainlink node, and, where it says
 * so, programs on the PATH that have a kind's name.
 */
import { findExecutable } from "../../../../transports/process/executable.ts";
import { oneOf } from "../../../settings/fields.ts";
import type { Mistake } from "../../../settings/mistakes.ts";
import { checkVariable, type Environment, readVariable } from "../../../settings/variables.ts";
import { commandVariable, pathLookupVariable, programNames } from "./variables.ts";

export interface EnvironmentCommand {
  readonly command: string;
  /** The variable that it comes from. */
  readonly variable: string;
  /** Whether it was only found: then it counts after all that is written. */
  readonly isFound: boolean;
}

/** @param cwd where relative folders of the PATH start from */
export function readCommands(
  env: Environment,
  kinds: readonly string[],
  cwd: string,
  mistakes: Mistake[],
): ReadonlyMap<string, EnvironmentCommand> {
  const isLookup = checkVariable(env, pathLookupVariable, oneOf(["true", "false"]), mistakes) === "true";
  const commands = new Map<string, EnvironmentCommand>();
  for (const kind of kinds) {
    const variable = commandVariable(kind);
    const named = readVariable(env, variable);
    if (named !== undefined) commands.set(kind, { command: named, variable, isFound: false });
    // An empty variable says: the plugin that is built in.
    if (!isLookup || env[variable] !== undefined) continue;
    const context = { path: env.PATH, cwd };
    const found = programNames(kind)
      .map((name) => findExecutable(name, context))
      .find((file) => file !== undefined);
    if (found !== undefined) commands.set(kind, { command: found, variable: pathLookupVariable, isFound: true });
  }
  return commands;
}
