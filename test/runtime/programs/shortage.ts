/** A host that has hardly any file descriptors left, loses its plugins meanwhile, and has descriptors again later. Prints what became of them. */
import { closeSync, openSync } from "node:fs";
import { createRuntime } from "../../../src/index.ts";
import { until } from "../../../src/testing/until.ts";
import { ledgerModule } from "../support.ts";

const kinds = ["worker", "process"];
const maxRestarts = 2;

const refused = new Map(kinds.map((kind) => [kind, 0]));
await using runtime = await createRuntime({
  plugins: Object.fromEntries(
    kinds.map((transport) => {
      const restart = { initialDelayMs: 1, maxDelayMs: 20, maxRestarts };
      return [transport, { module: ledgerModule, transport, config: { ledger: "/dev/null" }, restart }];
    }),
  ),
  onLog({ plugin, source, message }) {
    if (source === "host") process.stderr.write(`${plugin}: ${message}\n`);
    if (message.includes("short of file descriptors")) refused.set(plugin, (refused.get(plugin) ?? 0) + 1);
  },
});
const plugins = [...runtime.plugins.values()];

/** What the system gives this process; the lowest that is free comes first. A few are left to the runtime, as Deno ends without any. */
const last = Number(process.argv[2]) - 8;
const taken: number[] = [];
function takeMost(): void {
  for (;;) {
    const descriptor = openSync("/dev/null", "r");
    if (descriptor >= last) return closeSync(descriptor);
    taken.push(descriptor);
  }
}
takeMost();
// What a plugin had is free when it has gone.
const taking = setInterval(takeMost, 1);
for (const plugin of plugins) plugin.kill();
await until("each was refused more often than it may be restarted", () =>
  [...refused.values()].every((count) => count > 2 * maxRestarts),
);
const during = plugins.map(({ state }) => state);
clearInterval(taking);
for (const descriptor of taken) closeSync(descriptor);
await until("they are ready again, or given up", () => plugins.every(({ state }) => /ready|failed/.test(state)));
process.stdout.write(`${JSON.stringify({ during, after: plugins.map(({ state }) => state) })}\n`);
