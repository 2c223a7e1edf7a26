/** The median, which comes up when there is a file at `GATE`. */
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import median from "../../../src/plugins/median/plugin.ts";
import { definePlugin } from "../../../transports/plugin.ts";

const gate = process.env.GATE ?? "";

export default definePlugin({
  ...median,
  async setup(context) {
    while (!existsSync(gate)) await sleep(10, undefined, { signal: context.signal });
    return median.setup(context);
  },
});
