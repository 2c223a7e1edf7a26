/** Prints what would forge lines and move the cursor, in every way that a plugin can print. */
import { definePlugin } from "../../../src/index.ts";

const forged = "\n12:00:00.000 ERROR node#0 FORGED";

export default definePlugin<{ onlyLog?: boolean } | undefined>({
  setup({ log, config }) {
    log.info(`message\u001b[2J${forged}`, {
      bare: "\u001b[31mred",
      "na\u001bme x=1": "v",
      list: [`a${forged}`, "\u009b31m"],
    });
    log.error(`error\u202e${forged}`);
    if (config?.onlyLog) return { routes: () => {} };
    console.error(`console \u001b[1A${forged}`);
    process.stderr.write("stderr \u001b]0;title\u0007 \u009b31m \r over\n");
    return { routes: () => {} };
  },
});
