/** Prints the effective configuration: every value with where it came from, secrets hidden. */

import { defaultOrigin, formatOrigin, type Origin } from "../../settings/mistakes.ts";
import { hideInArguments, isSecretName, mask, showValue } from "../../settings/secrets.ts";
import type { TomlPath } from "../../settings/toml.ts";
import { missingFrom } from "../../settings/toml-tables.ts";
import { formatDuration } from "../../values/duration.ts";
import { formatPath } from "../../values/path.ts";
import { printable } from "../../values/printable.ts";
import { isSecretSetting } from "./loop/settings.ts";
import { resolvePlugin } from "./plugins/resolve.ts";
import type { PluginConfig } from "./plugins/types.ts";
import type { NodeConfig } from "./types.ts";

interface Line {
  readonly path: TomlPath;
  readonly value: unknown;
  readonly origin: Origin;
}

/**
 * Lists every effective value, one a line: `http.port = 6688    # node.toml:3`.
 * @param plugins names of the plugins to show. Default: the kinds, and whatever flags and file name
 */
export function formatConfig(config: NodeConfig, plugins?: readonly string[]): string {
  const { kinds, flags, sections } = config.plugins;
  const names = plugins ?? [...new Set([...kinds, ...flags.keys(), ...sections.keys()])];
  const lines = [
    ...settingLines(config),
    ...chainLines(config),
    ...names.flatMap((name) => pluginLines(resolvePlugin(config.plugins, name))),
  ].map(({ path, value, origin }) => {
    const own = path.findLast((key) => typeof key === "string") ?? "";
    const shown = isSecretSetting(path) || isEnv(path) ? JSON.stringify(mask) : show(String(own), value);
    return { text: printable(`${formatPath(path)} = ${shown}`), origin: printable(formatOrigin(origin)) };
  });
  const width = Math.min(60, Math.max(0, ...lines.map(({ text }) => text.length)));
  return lines.map(({ text, origin }) => `${text.padEnd(width)}  # ${origin}\n`).join("");
}

/** Whether it is a variable of a plugin's environment: its name does not say what is in it. */
function isEnv([section, , group]: TomlPath): boolean {
  return section === "plugins" && group === "env";
}

function settingLines(config: NodeConfig): Line[] {
  const { http, log, jobs, pipeline, feeds, transports, bridges, ocr2, loop } = config;
  const files = jobs.map(({ file }) => file);
  return leaves({ http, log, jobs: files, pipeline, feeds, transports, bridges, ocr2, ...loop.sections }, []).map(
    ({ path, value }) => {
      return { path, value, origin: config.origins.get(formatPath(path)) ?? defaultOrigin };
    },
  );
}

function chainLines(config: NodeConfig): Line[] {
  return config.chains.flatMap(({ family, table, path }) => [
    ...leaves(table, path).map((leaf) => ({ ...leaf, origin: config.plugins.originOf(leaf.path) })),
    ...leaves(missingFrom(table, family.defaults ?? {}), path).map((leaf) => ({ ...leaf, origin: defaultOrigin })),
  ]);
}

function pluginLines(plugin: PluginConfig): Line[] {
  const { transport, command, args, module, checksum, scrape, configShape, limits } = plugin;
  const { onBootFailure, restart, health } = plugin;
  const env = { ...plugin.envFile, ...plugin.env };
  const code = { transport, command, args, module, env, checksum, scrape, configShape };
  const shown = { ...code, limits, onBootFailure, restart, health };
  return leaves({ ...shown, ...plugin.options }, [])
    .filter(({ value }) => !(Array.isArray(value) && value.length === 0))
    .map(({ path, value }) => {
      const origin = originOf(plugin, path);
      return { path: ["plugins", plugin.name, ...path], value, origin };
    });
}

/** Of the setting itself, or of the table that it stands in. */
function originOf(plugin: PluginConfig, path: TomlPath): Origin {
  for (let length = path.length; length > 0; length -= 1) {
    // `limits.startTimeoutMs` is written as `limits.startTimeout`.
    const name = formatPath(path.slice(0, length)).replace(/Ms$/, "");
    const origin = plugin.origins.get(formatPath(path.slice(0, length))) ?? plugin.origins.get(name);
    if (origin !== undefined) return origin;
  }
  return defaultOrigin;
}

/** All values that are not tables, with their paths. */
function leaves(value: unknown, path: TomlPath): { path: TomlPath; value: unknown }[] {
  if (value === undefined) return [];
  if (Array.isArray(value) && value.some((item) => typeof item === "object" && item !== null)) {
    return value.flatMap((item, index) => leaves(item, [...path, index]));
  }
  if (typeof value !== "object" || value === null || Array.isArray(value) || value instanceof Date)
    return [{ path, value }];
  return Object.entries(value).flatMap(([key, item]) => leaves(item, [...path, key]));
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

/** @param name the last part of the setting's name, by which secrets are known */
function show(name: string, value: unknown): string {
  if (Array.isArray(value)) {
    const items = isSecretName(name) || !value.every(isText) ? value : hideInArguments(value);
    return `[${items.map((item) => show(name, item)).join(", ")}]`;
  }
  if (typeof value === "string") return JSON.stringify(showValue(name, value));
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "number" && name.endsWith("Ms")) return formatDuration(value);
  return showValue(name, String(value));
}
