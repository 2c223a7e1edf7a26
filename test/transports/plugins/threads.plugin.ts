/** A plugin for several threads. What its calls do, their `id` says. */
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { threadId } from "node:worker_threads";
import { Conformance } from "../../../proto/gen/loopp/v1/conformance_pb.ts";
import { definePlugin } from "../../../transports/plugin.ts";

/** How long a call waits for the others, in milliseconds: longer than any test. */
const patienceMs = 40_000;

export default definePlugin<{ folder: string }>({
  stateless: true,
  setup({ config: { folder }, broker, metrics }) {
    const calls = metrics.counter({ name: "calls_total", help: "Calls." });
    const sizes = metrics.histogram({ name: "sizes", help: "Of calls.", buckets: [1, 10] });
    const ready = metrics.gauge({ name: "ready", help: "Threads." });
    ready.set(1);

    /** Blocks the thread until so many calls are in here, each of them on a thread of its own then. */
    function meet(round: string, count: number): void {
      writeFileSync(join(folder, `${round}-${threadId}`), "");
      const end = performance.now() + patienceMs;
      while (readdirSync(folder).filter((name) => name.startsWith(`${round}-`)).length < count) {
        if (performance.now() > end) throw new Error(`No other call came to ${round}`);
      }
    }

    return {
      routes(router) {
        router.service(Conformance, {
          async unary({ id, count, data }) {
            calls.inc();
            sizes.observe(data.length);
            if (id.startsWith("meet")) meet(id, count);
            if (id === "exit") process.exit(3);
            if (id === "serve") await broker.serve(() => {});
            if (id === "dial") await broker.dial(1);
            return { data: Uint8Array.of(threadId) };
          },
          async *serverStream({ id }, { signal }) {
            yield { data: Uint8Array.of(threadId) };
            await new Promise<void>((resolve) => {
              signal.addEventListener("abort", () => resolve());
              if (id === "exit") setTimeout(() => process.exit(3), 0);
            });
          },
        });
      },
    };
  },
});
