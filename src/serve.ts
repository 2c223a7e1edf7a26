/** Serves a plugin as a process that any go-plugin host can launch. */
import { loadPlugin } from "../transports/guest.ts";
import type { PluginModule } from "../transports/plugin.ts";

/**
 * Serves a plugin until its host ends it; then the process ends. Its handshake is the one that the module declares.
 * @param plugin the plugin, or the URL of its module
 * @throws TypeError when the module is not a plugin
 */
export async function serve(plugin: PluginModule | URL): Promise<never> {
  // Not before: a plugin's module may import this, wherever it runs.
  const [{ prepareProcess }, { servePlugin }, { guestProgram }] = await Promise.all([
    import("../transports/process/prepare.ts"),
    import("../transports/process/guest.ts"),
    import("./guest/program.ts"),
  ]);
  if (!(plugin instanceof URL)) return servePlugin(plugin as PluginModule, guestProgram);
  // A host reads the first line as the handshake, so the module must not print while it is loaded. Without a host, it may.
  if (process.env.PLUGIN_PROTOCOL_VERSIONS !== undefined) prepareProcess();
  return servePlugin(await loadPlugin(plugin.href), guestProgram);
}
