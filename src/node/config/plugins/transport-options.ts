/** What transports have to say of plugins' options, told with the place where it is written, before anything is launched. */

import { pathOf, validate } from "../../../../transports/options/check.ts";
import type { StandardIssue } from "../../../../transports/options/standard-schema.ts";
import { optionsOn } from "../../../../transports/options/transport-options.ts";
import { ownEnvironment } from "../../../../transports/process/environment.ts";
import { processOptions } from "../../../../transports/process/options.ts";
import type { PluginTransport } from "../../../../transports/transport.ts";
import { defaultOrigin, type Mistake } from "../../../settings/mistakes.ts";
import { formatPath } from "../../../values/path.ts";
import { isRecord } from "../../../values/record.ts";
import { capitalize } from "../../../values/text.ts";
import { namesFor } from "./names.ts";
import { toPluginOptions } from "./options.ts";
import { checkProgram } from "./programs.ts";
import type { PluginConfig, PluginSettings } from "./types.ts";

/** Stands for whatever module a plugin has: no transport looks into it. */
const someModule = new URL("about:blank");

/** Everything that is wrong with a plugin's options for some transports, whether it is to run there or may be moved there later. */
export function checkTransportOptions(
  settings: PluginSettings,
  plugin: PluginConfig,
  transports: readonly PluginTransport[],
): Mistake[] {
  return transports.flatMap((transport) => {
    const written = { module: someModule, options: optionsFor(plugin, transport.kind) };
    const { issues = [] } = validate(optionsOn(transport), written);
    return issues.map((issue) => mistakeOf(settings, plugin, issue));
  });
}

/** What is wrong with the program that a plugin's command names; nothing where it has none. */
export function checkCommand(settings: PluginSettings, plugin: PluginConfig): Mistake[] {
  const { command, origins } = plugin;
  if (command === undefined) return [];
  // Whatever else is wrong with its options says nothing of where it is.
  const { env, inheritEnv, cwd } = optionsFor(plugin, "process");
  const result = validate(processOptions, { options: { command, env, inheritEnv, cwd } });
  if (result.issues !== undefined) return [];
  const { cwd: directory = process.cwd(), ...spec } = result.value;
  const message = checkProgram(command, { path: ownEnvironment(spec).PATH, cwd: directory });
  if (message === undefined) return [];
  const origin = origins.get("command") ?? defaultOrigin;
  // A variable is for a kind of plugins, and is its own name.
  if (origin.kind === "environment") return [{ origin, key: "", message }];
  return [mistakeOf(settings, plugin, { message, path: ["options", "process", "command"] })];
}

function optionsFor(plugin: PluginConfig, kind: string): Readonly<Record<string, unknown>> {
  // Where a plugin does not run, a command and its checksum are no contradiction.
  const options = kind === plugin.transport ? toPluginOptions(plugin, someModule).options : plugin.options;
  return { ...(options?.[kind] ?? {}) };
}

/** @param issue with its path among the plugin's options */
function mistakeOf(settings: PluginSettings, { name, origins }: PluginConfig, issue: StandardIssue): Mistake {
  const [, kind = "", ...below] = pathOf(issue);
  const names = namesFor(name);
  const message = capitalize(issue.message);
  const sectionOf = (one: string) => settings.sections.get(one) as Readonly<Record<PropertyKey, unknown>> | undefined;
  const inTable = names.find((section) => {
    const table = sectionOf(section)?.[kind];
    return isRecord(table) && (below[0] === undefined || below[0] in table);
  });
  if (inTable !== undefined) {
    const path = ["plugins", inTable, kind, ...below];
    return { origin: settings.originOf(path), key: formatPath(path), message };
  }
  // What the section itself says of a command.
  const [option = kind, ...inside] = below;
  const section = names.find((one) => sectionOf(one)?.[option] !== undefined);
  const path = ["plugins", section ?? name, option, ...inside];
  const origin = section === undefined ? origins.get(String(option)) : settings.originOf(path);
  return { origin: origin ?? defaultOrigin, key: formatPath(path), message };
}
