/** A plugin that logs the names and values of its environment. */
import { definePlugin } from "../../../transports/plugin.ts";

export default definePlugin({
  setup({ log }) {
    log.info("environment", { ...process.env });
    return { routes: () => {} };
  },
});
