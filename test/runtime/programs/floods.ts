/**
 * A program that embeds the runtime and leaves its log to it, which has more than anybody reads: `floods.ts <lines>`. Says "flooded" on
 * its standard output when all lines are logged, and ends after one more line when its standard input does.
 */
import { setImmediate } from "node:timers/promises";
import { createRuntime, definePlugin } from "../../../src/index.ts";

const count = Number(process.argv[2]);
const runtime = await createRuntime({
  plugins: {
    plugin: {
      module: definePlugin({
        async setup({ log }) {
          for (let line = 0; line < count; line++) {
            log.info(`line ${line}`, { text: "x".repeat(1000) });
            if (line % 100 === 0) await setImmediate();
          }
          process.stdin.on("end", () => log.info("last"));
          return { routes: () => {} };
        },
      }),
    },
  },
});
process.stdout.write("flooded\n");
process.stdin.resume();
process.stdin.on("end", () => void runtime.close());
