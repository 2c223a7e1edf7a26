/** A plugin's settings in the words of the runtime. */
import type { PluginOptions } from "../../runtime/options.ts";
import type { PluginConfig } from "./plugin-types.ts";

/**
 * Makes runtime options of a plugin's settings; what they say nothing about is left out.
 * @param builtIn the module to run where the settings name neither a module nor a command
 */
export function toPluginOptions(plugin: PluginConfig, builtIn: URL): PluginOptions {
  const { command, args, env, checksum, limits, restart, health } = plugin;
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
