/** A plugin's settings in the words of the runtime. */
import type { PluginOptions } from "../../../runtime/options.ts";
import type { PluginConfig } from "./types.ts";

/**
 * Makes runtime options of a plugin's settings; what they say nothing about is left out.
 * @param builtIn the module to run where the settings name neither a module nor a command
 * @param nodeEnv what the node itself has to say by the environment. It takes the place of what an env file says, as on a
 *   Chainlink node; what is written for the plugin takes the place of both
 */
export function toPluginOptions(
  plugin: PluginConfig,
  builtIn: URL,
  nodeEnv: Readonly<Record<string, string>> = {},
): PluginOptions {
  const { command, args, checksum, limits, restart, health } = plugin;
  const env = { ...plugin.envFile, ...nodeEnv, ...plugin.env };
  const own =
    plugin.command === undefined ? { module: plugin.module === undefined ? builtIn : new URL(plugin.module) } : {};
  return {
    ...own,
    ...limits,
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
