/** Collects the settings of plugins from the file, flags and environment, and checks them together. */

import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { builtInTransports } from "../../../runtime/built-in-transports.ts";
import { readEnvFile } from "../../../settings/env-file.ts";
import { collect, type Mistake, type Origin } from "../../../settings/mistakes.ts";
import { mistakeAt, type TomlDocument } from "../../../settings/toml.ts";
import { readVariable } from "../../../settings/variables.ts";
import { namePattern } from "../../../values/name.ts";
import { formatPath } from "../../../values/path.ts";
import { describe } from "../../../values/text.ts";
import type { Reading } from "../reading.ts";
import type { FileConfig } from "../schema.ts";
import { readCommands } from "./commands.ts";
import { kindOf } from "./names.ts";
import { toModuleUrl } from "./placement.ts";
import { resolvePlugin } from "./resolve.ts";
import { checkCommand, checkTransportOptions } from "./transport-options.ts";
import type { PluginSettings } from "./types.ts";
import { commandVariable, envFileVariable } from "./variables.ts";

/** Settings of plugins that are not from the environment. */
export interface PluginSources {
  readonly sections: FileConfig["plugins"];
  /** By name, from `--transport`. */
  readonly flags: ReadonlyMap<string, string>;
  readonly kinds: readonly string[];
  readonly transports: readonly string[];
}

/** Reads the settings of plugins. Mistakes are added to the reading's. */
export function readPluginSettings(reading: Reading, sources: PluginSources): PluginSettings {
  const { document, directory, mistakes } = reading;
  const { kinds, transports, flags } = sources;
  const settings: PluginSettings = {
    kinds,
    transports,
    sections: new Map(Object.entries(sources.sections ?? {})),
    flags,
    ...readEnvironment(reading, kinds),
    directory,
    originOf: (path) => document.originOf(path),
  };
  checkFlags(settings, mistakes);
  checkSections(settings, document, mistakes);
  checkContradictions(settings, mistakes);
  return settings;
}

function readEnvironment(
  { env, cwd, mistakes }: Reading,
  kinds: readonly string[],
): Pick<PluginSettings, "commands" | "envFiles"> {
  checkVariables(env, kinds, mistakes);
  const commands = readCommands(env, kinds, cwd, mistakes);
  const envFiles = new Map<string, { variable: string; file: string; entries: ReadonlyMap<string, string> }>();
  for (const kind of kinds) {
    const variable = envFileVariable(kind);
    const file = readVariable(env, variable);
    if (file === undefined) continue;
    const path = resolve(cwd, file);
    if (!existsSync(path)) {
      const origin: Origin = { kind: "environment", variable };
      mistakes.push({ origin, key: "", message: `There is no file ${describe(path)}` });
      continue;
    }
    const entries = collect(mistakes, () => readEnvFile(path, file));
    if (entries !== undefined) envFiles.set(kind, { variable, file, entries });
  }
  return { commands, envFiles };
}

/** Capitals, dots and dashes of a name are lost in its variables: one variable may be that of several kinds. */
function checkVariables(env: Reading["env"], kinds: readonly string[], mistakes: Mistake[]): void {
  for (const name of [commandVariable, envFileVariable]) {
    for (const [variable, sharing] of Map.groupBy(kinds, name)) {
      if (sharing.length === 1 || readVariable(env, variable) === undefined) continue;
      const message = `It is the variable of ${sharing.join(" and of ")}: name their commands in the config, or rename all but one`;
      mistakes.push({ origin: { kind: "environment", variable }, key: "", message });
    }
  }
}

interface ProcessSection {
  readonly process?: object;
}

function checkFlags(settings: PluginSettings, mistakes: Mistake[]): void {
  const { kinds, transports } = settings;
  for (const [name, transport] of settings.flags) {
    const fail = (message: string) =>
      mistakes.push({ origin: { kind: "flag", flag: "--transport" }, key: "", message });
    if (!kinds.includes(kindOf(name))) fail(unknownKind(name, kinds));
    if (!transports.includes(transport)) {
      fail(`There is no transport "${transport}" for "${name}", only ${transports.join(", ")}`);
    }
  }
}

function checkSections(settings: PluginSettings, document: TomlDocument, mistakes: Mistake[]): void {
  for (const [name, section] of settings.sections) {
    const { module } = section;
    // Only allowed in the section itself, where they are checked for contradictions.
    for (const key of ["command", "args", "env"].filter((one) => one in ((section as ProcessSection).process ?? {}))) {
      const right = formatPath(["plugins", name, key]);
      mistakes.push(mistakeAt(document, ["plugins", name, "process", key], `Write it as ${right}`));
    }
    if (!namePattern.test(name) || !settings.kinds.includes(kindOf(name))) {
      mistakes.push(mistakeAt(document, ["plugins", name], unknownKind(name, settings.kinds)));
    }
    const wrong = module === undefined ? undefined : checkModule(module, settings.directory);
    if (wrong !== undefined) mistakes.push(mistakeAt(document, ["plugins", name, "module"], wrong));
  }
}

/** Resolves every name in the settings once, so that contradictions are reported at the start. */
function checkContradictions(settings: PluginSettings, mistakes: Mistake[]): void {
  const seen = new Set<string>();
  for (const name of new Set([...settings.kinds, ...settings.flags.keys(), ...settings.sections.keys()])) {
    const found: Mistake[] = [];
    const plugin = collect(found, () => resolvePlugin(settings, name));
    if (plugin !== undefined) {
      const refused = checkTransportOptions(settings, plugin, builtInTransports);
      mistakes.push(...refused, ...checkCommand(settings, plugin));
    }
    // A contradiction in a kind's settings is found again for each of its plugins, and reported once.
    mistakes.push(...found.filter(({ message }) => !seen.has(message)));
    for (const { message } of found) seen.add(message);
  }
}

function unknownKind(name: string, kinds: readonly string[]): string {
  if (!namePattern.test(name)) {
    return `${describe(name)} cannot be a plugin's name: it may only have letters, digits, dots, _ and -`;
  }
  return `"${name}" is not a plugin kind or a plugin of one: the kinds are ${kinds.join(", ")}`;
}

function checkModule(module: string, directory: string): string | undefined {
  try {
    const file = fileURLToPath(toModuleUrl(module, directory));
    return existsSync(file) ? undefined : `There is no file ${describe(file)}`;
  } catch {
    return `${describe(module)} is not the path of a module`;
  }
}
