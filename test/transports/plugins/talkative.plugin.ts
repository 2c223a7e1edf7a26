/** A plugin that says something at every step, on every channel that it has. */

import { conformanceRoutes } from "../../../src/testing/conformance/conformance.plugin.ts";
import { definePlugin } from "../../../transports/plugin.ts";

console.log("printed while loading");
process.stdout.write("written while loading\n");

export default definePlugin({
  setup({ log, broker }) {
    console.log("printed in setup");
    process.stdout.write("written in setup\n");
    // What a host in Go would panic over.
    process.stderr.write('{"@message":42,"@level":{}}\n');
    log.info(42 as unknown as string, { "@message": 7, "@level": [] });
    return {
      routes: conformanceRoutes({ broker, log }),
      dispose() {
        log.info("last words");
        process.stdout.write("last output\n");
      },
    };
  },
});
