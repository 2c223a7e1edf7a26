/** Resolves one plugin's settings from flags, environment, and the sections of the config for its names. */
import { type Mistake, type Origin, throwMistakes } from "../../../settings/mistakes.ts";
import { defined } from "../../../values/defined.ts";
import { formatPath } from "../../../values/path.ts";
import { namesFor } from "./names.ts";
import { resolvePlacement } from "./placement.ts";
import { type PluginSection, timeKeys } from "./schema.ts";
import type { PluginConfig, PluginSettings } from "./types.ts";

/** Where a node's plugins differ from the runtime's defaults: it goes on without one, and never gives one up. */
const defaults = { onBootFailure: "continue", restart: { maxRestarts: "unlimited" } } as const;

/**
 * Resolves one plugin's settings. Each key comes from the longest name that has it: `plugins."median.btc-usd"` before `plugins.median`.
 * @param name of the plugin, or of its kind
 * @throws ConfigError when a command and a transport contradict each other
 */
export function resolvePlugin(settings: PluginSettings, name: string): PluginConfig {
  const names = namesFor(name);
  const kind = names.at(-1) ?? name;
  const origins = new Map<string, Origin>();
  const mistakes: Mistake[] = [];

  /** The value of a section's key, and its line. */
  function fromFile<Key extends keyof PluginSection>(key: Key) {
    for (const section of names) {
      const value = settings.sections.get(section)?.[key];
      if (value !== undefined) {
        return {
          value: value as NonNullable<PluginSection[Key]>,
          origin: settings.originOf(["plugins", section, key]),
        };
      }
    }
    return undefined;
  }

  function take<Key extends keyof PluginSection>(key: Key): NonNullable<PluginSection[Key]> | undefined {
    const found = fromFile(key);
    if (found !== undefined) origins.set(key, found.origin);
    return found?.value;
  }

  /** The entries of a table, each from the longest name that has it. */
  function takeTable(key: string): Record<string, unknown> {
    const merged: Record<string, unknown> = {};
    for (const section of names.toReversed()) {
      const table = (settings.sections.get(section) as Record<string, unknown> | undefined)?.[key];
      for (const [entry, value] of Object.entries(table ?? {})) {
        if (value === undefined) continue;
        merged[entry] = value;
        origins.set(formatPath([key, entry]), settings.originOf(["plugins", section, key, entry]));
      }
    }
    return merged;
  }

  /** A table, or `false` where the longest name that has the key says so. */
  function takeTableOrFalse(key: "restart" | "health", fallback: object = {}): Record<string, number> | false {
    const found = fromFile(key);
    if (found?.value !== false) return { ...fallback, ...inMs(takeTable(key)) };
    origins.set(key, found.origin);
    return false;
  }

  const placement = resolvePlacement(settings, names, kind, fromFile, mistakes);
  for (const [key, origin] of placement.origins) origins.set(key, origin);

  const env = takeTable("env") as Record<string, string>;
  const envFile = settings.envFiles.get(kind);
  for (const key of envFile?.entries.keys() ?? []) {
    const origin: Origin = { kind: "environment", variable: envFile?.variable ?? "" };
    if (!Object.hasOwn(env, key)) origins.set(`env.${key}`, origin);
  }
  const plugin = defined({
    name,
    kind,
    transport: placement.transport,
    command: placement.command,
    args: placement.args,
    module: placement.module,
    envFile: Object.fromEntries(envFile?.entries ?? []),
    env,
    checksum: take("checksum"),
    scrape: take("scrape"),
    configShape: take("configShape"),
    limits: inMs(takeTable("limits")),
    onBootFailure: take("onBootFailure") ?? defaults.onBootFailure,
    restart: takeTableOrFalse("restart", defaults.restart),
    health: takeTableOrFalse("health"),
    options: Object.fromEntries(settings.transports.map((transport) => [transport, takeTable(transport)])),
    origins,
  });
  throwMistakes(mistakes);
  return plugin;
}

/** The schema has read durations as milliseconds; here `Ms` is added to their names. */
function inMs(table: Readonly<Record<string, unknown>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(table).map(([key, value]) => [timeKeys.has(key) ? `${key}Ms` : key, value as number]),
  );
}
