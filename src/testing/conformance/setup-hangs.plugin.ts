import { definePlugin } from "../../../transports/plugin.ts";

export default definePlugin({
  setup: () => new Promise(() => {}),
});
