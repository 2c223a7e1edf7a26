/** What a plugin that does nothing keeps in memory, and what open streams keep. */
import { execFile } from "node:child_process";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { defined } from "../../src/values/defined.ts";
import { benchGo } from "../contenders/go.ts";
import { runtimeArgs } from "../contenders/server.ts";
import type { Column, Role } from "../results.ts";
import { runRows } from "../rows.ts";
import type { Part } from "./part.ts";

const columns: readonly Column[] = [
  { name: "host", title: "in the host's process", unit: "MiB", better: "less" },
  { name: "plugin", title: "in the plugin's own process", unit: "MiB", better: "less" },
];
const probe = fileURLToPath(new URL("../peers/memory-probe.ts", import.meta.url));
const probeWithinMs = 60_000;
/** Memory does not swing as times do, and each probe takes a process. */
const mostRounds = 2;

const rows: readonly { readonly name: string; readonly about: string; readonly role: Role }[] = [
  { name: "thread", about: "a worker thread with nothing in it", role: "bound" },
  { name: "worker", about: "an idle plugin in a worker", role: "ours" },
  { name: "process", about: "an idle plugin in a process", role: "ours" },
  { name: "go-plugin", about: "the idle Go plugin under loopp's host", role: "mixed" },
];

const streams: typeof rows = [
  { name: "in-process-streams", about: "of an in-process plugin", role: "ours" },
  { name: "worker-streams", about: "of a plugin in a worker", role: "ours" },
  { name: "process-streams", about: "of a plugin in a process", role: "ours" },
];

export const memory: Part = {
  name: "memory",
  async run({ only, rounds, onProgress }) {
    const measured = (given: typeof rows) =>
      given
        .filter(({ name }) => only.length === 0 || only.includes(name))
        .map((row) => ({
          ...row,
          ...(row.name === "go-plugin" ? { prepare: benchGo } : {}),
          measure: () => measure(row.name),
        }));
    const options = { rounds: Math.min(rounds, mostRounds), ...defined({ onProgress }) };
    return [
      await runRows({ name: "memory", title: "Memory of an idle plugin", columns, rows: measured(rows) }, options),
      await runRows(
        { name: "streams", title: "Memory of 1,000 open streams", columns, rows: measured(streams) },
        options,
      ),
    ];
  },
};

/** Each time in a process of its own: what one has given back, the next would take without growing. */
async function measure(name: string): Promise<Record<string, number>> {
  const run = promisify(execFile);
  const { stdout } = await run(execPath, [...runtimeArgs, probe, name], {
    timeout: probeWithinMs,
    killSignal: "SIGKILL",
  });
  const { error, ...found } = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
  if (error !== undefined) throw new Error(error);
  return found;
}
