/** Checks plugins' options with their transports before anything is launched, and reports mistakes with their lines. */

import { pathOf, validate } from "../../../../transports/options/check.ts";
import type { StandardIssue } from "../../../../transports/options/standard-schema.ts";
import { optionsOn } from "../../../../transports/options/transport-options.ts";
import { ownEnvironment } from "../../../../transports/process/environment.ts";
import { whyNotStarted } from "../../../../transports/process/executable.ts";
import { processOptions } from "../../../../transports/process/options.ts";
import type { PluginTransport } from "../../../../transports/transport.ts";
import { defaultOrigin, type Mistake, type Origin } from "../../../settings/mistakes.ts";
import { formatPath } from "../../../values/path.ts";
import { isRecord } from "../../../values/record.ts";
import { capitalize } from "../../../values/text.ts";
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
  const refused = whyNotStarted(command, { path: ownEnvironment(spec).PATH, cwd: directory });
  if (refused === undefined) return [];
  const message = capitalize(refused);
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
  const message = capitalize(issue.message);
  const names = namesFor(name);
  const sectionOf = (one: string) => settings.sections.get(one) as Readonly<Record<PropertyKey, unknown>> | undefined;
  const at = (path: readonly PropertyKey[], origin: Origin = settings.originOf(path)): Mistake => {
    return { origin, key: formatPath(path), message };
  };
  const full = pathOf(issue);
  const [kind = "", ...below] = full[0] === "options" ? full.slice(1) : full;
  const [option] = below;

  const tables = names.filter((one) => isRecord(sectionOf(one)?.[kind]));
  const written = tables.find((one) => option === undefined || option in Object(sectionOf(one)?.[kind]));
  if (written !== undefined) return at(["plugins", written, kind, ...below]);

  // The module, and what a process has of a command, are written in the section itself, or in the environment.
  const inside = kind === "process" ? below : kind === "module" ? [kind] : [];
  const [own] = inside;
  if (own !== undefined) {
    const section = names.find((one) => sectionOf(one)?.[own] !== undefined);
    if (section !== undefined) return at(["plugins", section, ...inside]);
    const origin = origins.get(String(own));
    if (origin !== undefined) return at(["plugins", name, ...inside], origin);
  }
  // It is not written at all, and missing.
  const [table] = tables;
  return table === undefined
    ? at(["plugins", name, kind, ...below], origins.get("transport") ?? defaultOrigin)
    : at(["plugins", table, kind, ...below]);
}
