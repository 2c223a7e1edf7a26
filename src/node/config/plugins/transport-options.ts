/** What transports have to say of plugins' options, told with the place where it is written, before anything is launched. */
import type { PluginTransport } from "../../../../transports/transport.ts";
import { builtInTransports, processTransport } from "../../../runtime/built-in-transports.ts";
import { defaultOrigin, type Mistake } from "../../../settings/mistakes.ts";
import { formatPath } from "../../../settings/toml.ts";
import { namesFor } from "./names.ts";
import { toPluginOptions } from "./options.ts";
import { checkProgram } from "./programs.ts";
import type { PluginConfig, PluginSettings } from "./types.ts";

/** Stands for whatever module a plugin has: no transport looks into it. */
const someModule = new URL("about:blank");

/**
 * Everything that is wrong with a plugin's options, also with those for transports that it may be moved to later.
 * @param others the transports that the node has been given beside the built-in ones
 */
export function checkTransportOptions(
  settings: PluginSettings,
  plugin: PluginConfig,
  others: readonly PluginTransport[] = [],
): Mistake[] {
  return [...builtInTransports, ...others].flatMap((transport) => {
    const { kind } = transport;
    // Where a plugin does not run, a command and its checksum are no contradiction.
    const given = kind === plugin.transport ? optionsOf(plugin) : plugin.options[kind];
    return sift(transport, given ?? {}).refused.map((one) => mistakeOf(settings, plugin, kind, one));
  });
}

/** @returns what is wrong with the program that a plugin's command names; nothing where it has none */
export function checkCommand(settings: PluginSettings, plugin: PluginConfig): Mistake[] {
  const { command, origins } = plugin;
  const { spec } = sift(processTransport, optionsOf(plugin));
  if (command === undefined || spec === undefined) return [];
  const { env, cwd = process.cwd() } = spec;
  const message = checkProgram(command, { path: env.PATH, cwd });
  if (message === undefined) return [];
  const origin = origins.get("command") ?? defaultOrigin;
  // A variable is for a kind of plugins, and is its own name.
  if (origin.kind === "environment") return [{ origin, key: "", message }];
  return [mistakeOf(settings, plugin, "process", { key: "command", message })];
}

/** Those of the transport that it is to run on, with its command. */
function optionsOf(plugin: PluginConfig): object {
  return toPluginOptions(plugin, someModule).options?.[plugin.transport] ?? {};
}

interface Refusal {
  /** The option, where it is one and not all of them. */
  readonly key: string | undefined;
  readonly message: string;
}

/** Tells all that a transport refuses, and what it makes of the rest. It names one at a time: without that, the next one shows. */
function sift<Spec>(transport: PluginTransport<Spec>, given: object): { refused: Refusal[]; spec?: Spec } {
  const options = { ...given };
  const refused: Refusal[] = [];
  for (;;) {
    try {
      return { refused, spec: transport.parse(someModule, options, "options") };
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      const refusal = refusalIn(error, options);
      refused.push(refusal);
      if (refusal.key === undefined) return { refused };
      Reflect.deleteProperty(options, refusal.key);
    }
  }
}

function refusalIn(error: TypeError, options: object): Refusal {
  const key = Object.keys(options).find((one) => /^[.:[]/.test(after(`options.${one}`, error.message)));
  const message =
    key === undefined
      ? after("options: ", error.message)
      : after(`options.${key}`, error.message).replace(/^[^:]*: /, "");
  return { key, message: `${message.charAt(0).toUpperCase()}${message.slice(1)}` };
}

/** What follows; all of it where it begins otherwise. */
function after(start: string, text: string): string {
  return text.startsWith(start) ? text.slice(start.length) : text;
}

function mistakeOf(settings: PluginSettings, plugin: PluginConfig, kind: string, { key, message }: Refusal): Mistake {
  const { origins, name } = plugin;
  const names = namesFor(name);
  const tableIn = (section: string) => settings.sections.get(section) as Record<string, object | undefined> | undefined;
  const below = key === undefined ? [kind] : [kind, key];
  const inTable = names.find((section) => {
    const table = tableIn(section)?.[kind];
    return table !== undefined && (key === undefined || key in table);
  });
  if (inTable !== undefined) {
    const path = ["plugins", inTable, ...below];
    return { origin: settings.originOf(path), key: formatPath(path), message };
  }
  // What the section itself says of a command.
  const section = names.find((one) => tableIn(one)?.[key ?? kind] !== undefined) ?? name;
  return {
    origin: origins.get(key ?? kind) ?? defaultOrigin,
    key: formatPath(["plugins", section, key ?? kind]),
    message,
  };
}
