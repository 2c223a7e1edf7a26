/** Checks plugins' options with their transports before anything is launched, and reports mistakes with their lines. */

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
import { checkProgram } from "./check-executable.ts";
import { namesFor } from "./names.ts";
import { toPluginOptions } from "./options.ts";
import type { PluginConfig, PluginSettings } from "./types.ts";

/** Used instead of a plugin's module, which no transport checks. */
const someModule = new URL("about:blank");

/** The mistakes in a plugin's options for these transports, also for those that it may only be switched to later. */
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

/** What is wrong with the program of a plugin's command. No mistakes where it has no command. */
export function checkCommand(settings: PluginSettings, plugin: PluginConfig): Mistake[] {
  const { command, origins } = plugin;
  if (command === undefined) return [];
  // Only the options that decide where the program is.
  const { env, inheritEnv, cwd } = optionsFor(plugin, "process");
  const result = validate(processOptions, { options: { command, env, inheritEnv, cwd } });
  if (result.issues !== undefined) return [];
  const { cwd: directory = process.cwd(), ...spec } = result.value;
  const message = checkProgram(command, { path: ownEnvironment(spec).PATH, cwd: directory });
  if (message === undefined) return [];
  const origin = origins.get("command") ?? defaultOrigin;
  // The variable's name is enough: there is no key.
  if (origin.kind === "environment") return [{ origin, key: "", message }];
  return [mistakeOf(settings, plugin, { message, path: ["options", "process", "command"] })];
}

function optionsFor(plugin: PluginConfig, kind: string): Readonly<Record<string, unknown>> {
  // A command and its checksum only matter on the transport that the plugin runs on.
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
  // Not in the transport's table: it is a key of the section itself, such as `command`.
  const [option = kind, ...inside] = below;
  const section = names.find((one) => sectionOf(one)?.[option] !== undefined);
  const path = ["plugins", section ?? name, option, ...inside];
  const origin = section === undefined ? origins.get(String(option)) : settings.originOf(path);
  return { origin: origin ?? defaultOrigin, key: formatPath(path), message };
}
