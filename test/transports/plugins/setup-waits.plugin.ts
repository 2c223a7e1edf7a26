import { definePlugin } from "../../../transports/plugin.ts";

export default definePlugin({
  async setup({ log }) {
    log.info("waiting for the database");
    await new Promise((resolve) => setTimeout(resolve, 3_600_000));
    return { routes: () => {} };
  },
});
