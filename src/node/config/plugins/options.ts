/** A plugin's settings as options of the runtime. */
import type { PluginOptions } from "../../../runtime/options.ts";
import type { PluginConfig } from "./types.ts";

/**
 * Makes runtime options from a plugin's settings; options that are not set are left out.
 * @param builtIn the module to run where the settings name neither a module nor a command
 * @param nodeEnv the node's variables for the plugin. They override an env file, as on a Chainlink node; the plugin's `env` overrides both
 */
export function toPluginOptions(
  plugin: PluginConfig,
  builtIn: URL,
  nodeEnv: Readonly<Record<string, string>> = {},
): PluginOptions {
  const { command, args, checksum, limits, onBootFailure, restart, health } = plugin;
  const env = { ...plugin.envFile, ...nodeEnv, ...plugin.env };
  const code =
    plugin.command === undefined ? { module: plugin.module === undefined ? builtIn : new URL(plugin.module) } : {};
  return {
    ...code,
    ...limits,
    onBootFailure,
    restart,
    health,
    transport: plugin.transport,
    options: {
      ...plugin.options,
      process: {
        ...plugin.options.process,
        ...(command === undefined ? {} : { command, args }),
        ...(Object.keys(env).length === 0 ? {} : { env }),
        ...(checksum === undefined ? {} : { checksum }),
      },
    },
  };
}
