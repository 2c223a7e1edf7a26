/** Which code a plugin runs, and on which transport: flags, environment and config file may contradict each other here. */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { defaultOrigin, formatOrigin, type Mistake, type Origin } from "../../../settings/mistakes.ts";
import { defined } from "../../../values/defined.ts";
import { formatPath } from "../../../values/path.ts";
import type { PluginSection } from "./schema.ts";
import type { PluginSettings } from "./types.ts";

export interface Placement {
  readonly transport: string;
  readonly command?: string;
  readonly args: readonly string[];
  readonly module?: string;
  readonly origins: ReadonlyMap<string, Origin>;
}

/** The value of a section's key, from the longest name that has it. */
export type FromFile = <Key extends keyof PluginSection>(
  key: Key,
) => { value: NonNullable<PluginSection[Key]>; origin: Origin } | undefined;

/** Decides the code and the transport. A command always runs as a process; another transport contradicts it. */
export function resolvePlacement(
  settings: PluginSettings,
  names: readonly string[],
  kind: string,
  fromFile: FromFile,
  mistakes: Mistake[],
): Placement {
  const origins = new Map<string, Origin>();
  const flagName = names.find((name) => settings.flags.has(name));
  const flag = flagName === undefined ? undefined : settings.flags.get(flagName);
  const flagOrigin: Origin = { kind: "flag", flag: `--transport ${flagName}=${flag}` };
  const written = fromFile("transport");
  const said = flag === undefined ? written : { value: flag, origin: flagOrigin };

  const fileCommand = fromFile("command");
  const fileArgs = fromFile("args");
  const module = fromFile("module");
  const inEnvironment = settings.commands.get(kind);
  const isSaid = [fileCommand, module].some(Boolean) || (said !== undefined && said.value !== "process");
  const variable = inEnvironment?.isFound && isSaid ? undefined : inEnvironment;
  const command =
    variable !== undefined
      ? { value: variable.command, origin: { kind: "environment", variable: variable.variable } as Origin }
      : fileCommand?.value.trim() === ""
        ? undefined
        : fileCommand;

  if (command === undefined) {
    if (fileArgs !== undefined) {
      mistakes.push(mistakeOf("args", fileArgs.origin, "There is no command to give them to"));
    }
    origins.set("transport", said?.origin ?? defaultOrigin);
    if (module !== undefined) origins.set("module", module.origin);
    return defined({
      transport: said?.value ?? "in-process",
      args: [],
      module: module && toModuleUrl(module.value, settings.directory),
      origins,
    });
  }

  if (said !== undefined && said.value !== "process") {
    mistakes.push(
      mistakeOf(
        "transport",
        said.origin,
        `${formatOrigin(said.origin)} says "${said.value}", but ${formatOrigin(command.origin)} names a command, and a command ` +
          "runs as a process: remove one of the two",
      ),
    );
  }
  if (variable === undefined && module !== undefined) {
    mistakes.push(mistakeOf("module", module.origin, "There is also a command: remove one of the two"));
  }
  // A command of the environment runs without arguments, as on a Chainlink node.
  const args = variable === undefined ? fileArgs : undefined;
  origins.set("transport", said?.origin ?? command.origin);
  origins.set("command", command.origin);
  if (args !== undefined) origins.set("args", args.origin);
  return { transport: "process", command: command.value, args: args?.value ?? [], origins };

  function mistakeOf(key: string, origin: Origin, message: string): Mistake {
    return { origin, key: formatPath(["plugins", names[0] ?? kind, key]), message };
  }
}

/** A path is relative to the config file. */
export function toModuleUrl(module: string, directory: string): string {
  return module.startsWith("file:") ? module : pathToFileURL(resolve(directory, module)).href;
}
