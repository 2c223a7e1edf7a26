/** The simulated relayer as a plugin: `loop.PluginRelayer` for a chain that needs no node. */
import { definePlugin } from "../../../transports/plugin.ts";
import { relayerHandshake } from "../../loop/handshakes.ts";
import { servePluginRelayer } from "../../loop/relayer/server.ts";
import { packageVersion } from "../../values/package-version.ts";
import { createSimulatedPluginRelayer } from "./relayer.ts";

export default definePlugin({
  handshake: relayerHandshake,
  version: packageVersion(),
  setup: ({ log, broker }) => servePluginRelayer(createSimulatedPluginRelayer({ log }), broker),
});
