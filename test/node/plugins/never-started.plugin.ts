/** The median, with factories that say what they say in Chainlink's own plugin: never started, and at work. */
import { medianHandshake } from "../../../src/loop/handshakes.ts";
import { servePluginMedian } from "../../../src/loop/median/server.ts";
import { createPluginMedian } from "../../../src/plugins/median/factory.ts";
import { definePlugin } from "../../../transports/plugin.ts";

const answer = process.env.FACTORY_READY ?? 'service is "Unstarted", not started';

export default definePlugin({
  handshake: medianHandshake,
  setup({ log, broker }) {
    const plugin = createPluginMedian({ log });
    return servePluginMedian(
      {
        ...plugin,
        newMedianFactory: async (args, options) => ({
          ...(await plugin.newMedianFactory(args, options)),
          ready: () => Promise.reject(new Error(answer)),
        }),
      },
      broker,
    );
  },
});
