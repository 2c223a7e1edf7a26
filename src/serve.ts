/** Makes a plugin a process of its own that any go-plugin host can launch. */
import { loadPlugin } from "../transports/guest.ts";
import type { PluginModule } from "../transports/plugin.ts";
import { servePlugin } from "../transports/process/index.ts";
import { guestProgram } from "./guest/program.ts";

/**
 * Serves a plugin until its host ends it; then the process ends. Its handshake is the one that the module declares.
 * @param plugin the plugin, or the URL of its module
 * @throws TypeError when the module is no plugin
 */
export async function serve(plugin: PluginModule | URL): Promise<never> {
  return servePlugin(plugin instanceof URL ? await loadPlugin(plugin.href) : (plugin as PluginModule), guestProgram);
}
