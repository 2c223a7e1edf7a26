/** A worker's plugin that does what a thread can do and a plugin should not. Its config says what. */
import { writeFileSync } from "node:fs";
import { parentPort } from "node:worker_threads";
import { conformanceRoutes } from "../../../src/testing/conformance/conformance.plugin.ts";
import { definePlugin, type Logger } from "../../../transports/plugin.ts";

export default definePlugin<{ how: string; file?: string }>({
  setup({ config, log, broker }) {
    act(config.how, log);
    if (config.file !== undefined) setTimeout(beatFor, 50, config.file);
    return {
      routes: conformanceRoutes({ broker, log }),
      dispose() {
        if (config.how === "prints-at-the-end") process.stdout.write("half a line");
        if (config.how === "fails-to-end") throw new Error("cannot end");
        if (config.how === "never-ends") return new Promise<void>(() => {});
      },
    };
  },
});

/** For as long as the thread runs: it never yields. */
function beatFor(file: string): never {
  for (let beat = 0; ; beat++) {
    writeFileSync(file, String(beat));
    const next = performance.now() + 5;
    while (performance.now() < next);
  }
}

function act(how: string, log: Logger): void {
  switch (how) {
    case "posts-garbage":
      for (const garbage of ["hello", 7, null, { taskId: 1, result: 1 }, new Uint8Array(10)])
        parentPort?.postMessage(garbage);
      break;
    case "logs-strangely": {
      const circle: Record<string, unknown> = {
        symbol: Symbol("s"),
        act,
        big: 5n,
        date: new Date(0),
        map: new Map([[1, 2]]),
      };
      circle.circle = circle;
      log.info(Symbol("message") as unknown as string, {
        circle,
        error: new TypeError("why"),
        no: undefined,
        nan: Number.NaN,
      });
      log.info(act as unknown as string);
      console.log("%s %d %o", "text", 5, { a: 1 }, Symbol("s"));
      break;
    }
    case "floods":
      for (let line = 0; line < 20_000; line++) console.log(`line ${line}`);
      break;
    case "writes-a-long-line":
      process.stderr.write("x".repeat(10 * 1024 * 1024));
      break;
    case "keeps-running":
      setInterval(() => log.info("still here"), 1);
      break;
    case "exits-with-half-a-line":
      process.stderr.write("the last words");
      setTimeout(() => process.exit(3), 10);
      break;
    case "closes-its-port":
      parentPort?.close();
      break;
  }
}
