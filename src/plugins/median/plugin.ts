/** The median product as a plugin: `loop.PluginMedian`, interchangeable with Chainlink's `chainlink-feeds`. */
import { definePlugin } from "../../../transports/plugin.ts";
import { medianHandshake } from "../../loop/handshakes.ts";
import { servePluginMedian } from "../../loop/median/server.ts";
import { packageVersion } from "../../values/package-version.ts";
import { createPluginMedian } from "./factory.ts";

export default definePlugin({
  handshake: medianHandshake,
  version: packageVersion(),
  setup: ({ log, broker }) => servePluginMedian(createPluginMedian({ log }), broker),
});
