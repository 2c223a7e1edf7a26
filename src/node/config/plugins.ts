/** What is said about one plugin: by flags, by the environment, by the sections of the config that fit its name. */
import { type Mistake, type Origin, throwMistakes } from "../../settings/mistakes.ts";
import { formatPath } from "../../settings/toml.ts";
import { resolvePlace } from "./plugin-place.ts";
import type { PluginConfig, PluginSettings } from "./plugin-types.ts";
import type { PluginSection } from "./schema.ts";

/** The kinds of plugins that the node runs. A plugin is called `kind` or `kind.instance`. */
export const defaultPluginKinds: readonly string[] = ["median", "evm", "solana", "starknet", "simulated"];

/**
 * Works out one plugin's settings. Each key comes from the longest name that has it: `plugins."median.btc-usd"` before
 * `plugins.median`.
 * @param name of the plugin, or of its kind
 * @throws ConfigError when a command and a transport contradict each other
 */
export function resolvePlugin(settings: PluginSettings, name: string): PluginConfig {
  const names = namesFor(name);
  const kind = names.at(-1) ?? name;
  const origins = new Map<string, Origin>();
  const mistakes: Mistake[] = [];

  /** The value of a section's key, and where it stands. */
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

  /** A table, unless the longest name that says anything says `false`. */
  function takeTableOrFalse(key: "restart" | "health"): Record<string, number> | false {
    const found = fromFile(key);
    if (found?.value !== false) return inMs(takeTable(key));
    origins.set(key, found.origin);
    return false;
  }

  const place = resolvePlace(settings, names, kind, fromFile, mistakes);
  for (const [key, origin] of place.origins) origins.set(key, origin);

  const env = takeTable("env") as Record<string, string>;
  const envFile = settings.envFiles.get(kind);
  for (const key of envFile?.entries.keys() ?? []) {
    const origin: Origin = { kind: "environment", variable: envFile?.variable ?? "" };
    if (!Object.hasOwn(env, key)) origins.set(`env.${key}`, origin);
  }
  const checksum = take("checksum");
  const scrape = take("scrape");
  const configShape = take("configShape");
  const limits = takeTable("limits");
  const restart = takeTableOrFalse("restart");
  const health = takeTableOrFalse("health");
  const options = Object.fromEntries(settings.transports.map((transport) => [transport, takeTable(transport)]));
  throwMistakes(mistakes);
  return {
    name,
    kind,
    transport: place.transport,
    args: place.args,
    envFile: Object.fromEntries(envFile?.entries ?? []),
    env,
    limits: inMs(limits),
    restart,
    health,
    options,
    origins,
    ...(place.command === undefined ? {} : { command: place.command }),
    ...(place.module === undefined ? {} : { module: place.module }),
    ...(checksum === undefined ? {} : { checksum }),
    ...(scrape === undefined ? {} : { scrape }),
    ...(configShape === undefined ? {} : { configShape }),
  };
}

/** `median.btc.usd`, `median.btc`, `median`: every name that a plugin answers to, the longest first. */
export function namesFor(name: string): string[] {
  const parts = name.split(".");
  return parts.map((_, index) => parts.slice(0, parts.length - index).join("."));
}

export function kindOf(name: string): string {
  return name.split(".")[0] ?? name;
}

/** A section or flag that fits none of the plugins that run is a slip of the pen. */
export function findUnusedNames(settings: PluginSettings, running: readonly string[]): Mistake[] {
  const used = new Set([...running.flatMap(namesFor), ...settings.kinds]);
  const advice = `there is ${running.length === 0 ? "none" : running.toSorted().join(", ")}`;
  const message = (name: string) => `There is no plugin "${name}": ${advice}`;
  return [
    ...[...settings.flags.keys()]
      .filter((name) => !used.has(name))
      .map((name): Mistake => ({ origin: { kind: "flag", flag: "--transport" }, key: "", message: message(name) })),
    ...[...settings.sections.keys()]
      .filter((name) => !used.has(name))
      .map(
        (name): Mistake => ({
          origin: settings.originOf(["plugins", name]),
          key: formatPath(["plugins", name]),
          message: message(name),
        }),
      ),
  ];
}

const counts = ["maxMessageBytes", "maxRestarts", "misses", "factor", "jitter"];

/** The schema has made milliseconds of durations; here their names say so. */
function inMs(table: Readonly<Record<string, unknown>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(table).map(([key, value]) => [counts.includes(key) ? key : `${key}Ms`, value as number]),
  );
}
