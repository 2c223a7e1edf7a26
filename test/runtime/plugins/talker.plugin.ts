/** Prints what is longer, deeper or more than a log has room for, as its config says. */
import { definePlugin } from "../../../src/index.ts";

export default definePlugin<{ console?: boolean; flood?: boolean }>({
  setup({ log, config }) {
    const long = "x".repeat(1_000_000);
    log.info(`message ${long}`);
    log.info("field", { first: 1, long, last: 2 });
    log.info("list", { list: [long] });
    log.info("deep", { deep: JSON.parse(`${"[".repeat(1000)}${"]".repeat(1000)}`) });
    if (config.console) console.log(`console ${long}`);
    log.info("after");
    const text = "y".repeat(10_000);
    for (let line = 0; config.flood && line < 5000; line++) log.info("flood", { text });
    return { routes: () => {} };
  },
});
