import { definePlugin } from "../../../transports/plugin.ts";

export default definePlugin({
  setup() {
    throw new Error("no database");
  },
});
