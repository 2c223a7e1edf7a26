/** How long it takes from the order to start a plugin to its first answer. */
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { Bench } from "../../proto/gen/loopp/v1/bench_pb.ts";
import { goProgram } from "../../scripts/go-program.ts";
import { buildPlugin } from "../../src/build/build-plugin.ts";
import { createRuntime } from "../../src/runtime/create-runtime.ts";
import type { PluginOptions } from "../../src/runtime/options.ts";
import { runtimeName } from "../../src/values/platform.ts";
import { callTimeoutMs } from "../contender.ts";
import { benchGo, ownProgram, startGoHost } from "../contenders/go.ts";
import { echoModule, nodeHooks, pidsOf } from "../contenders/plugin.ts";
import { readCpuUs } from "../cpu.ts";
import type { Column } from "../results.ts";
import { type MeasuredRow, runRows } from "../rows.ts";
import type { Part } from "./part.ts";

const columns: readonly Column[] = [
  { name: "ms", title: "to the first answer", unit: "ms", better: "less" },
  { name: "cpu", title: "processor time", unit: "ms", better: "less" },
];
const togetherColumns: readonly Column[] = [
  ...columns,
  {
    name: "bound",
    title: "against the processor time of one, as many times, on all cores",
    unit: "times",
    better: "less",
  },
];
const together = 40;

export const start: Part = {
  name: "start",
  async run({ only, ...options }) {
    const folder = mkdtempSync(join(tmpdir(), "loopp-bench-"));
    try {
      const wanted = ({ name }: MeasuredRow) => only.length === 0 || only.includes(name);
      const one = single(join(folder, runtimeName === "node" ? "echo.mjs" : "echo")).filter(wanted);
      const title = `${together} started together`;
      const rows = all.filter(wanted);
      return [
        await runRows({ name: "start", title: "Start", columns, rows: one }, options),
        await runRows({ name: "start-together", title, columns: togetherColumns, rows }, options),
      ];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

const worker: PluginOptions = { module: echoModule, transport: "worker" };
const source: PluginOptions = { module: echoModule, transport: "process" };

const all: readonly MeasuredRow[] = [
  {
    name: `worker-${together}`,
    about: `${together} plugins from their source, in workers`,
    role: "ours",
    measure: () => startedTogether(worker),
  },
  {
    name: `process-${together}`,
    about: `${together} plugins from their source, in processes`,
    role: "ours",
    measure: () => startedTogether(source),
  },
];

function single(built: string): readonly MeasuredRow[] {
  const build = () =>
    buildPlugin({
      module: echoModule,
      output: built,
      runtime: runtimeName,
      form: runtimeName === "bun" ? "executable" : "bundle",
    });
  return [
    {
      name: "go-pair",
      about: "a Go plugin under a Go host",
      role: "peer",
      prepare: benchGo,
      measure: async () => underGo([await benchGo()]),
    },
    {
      name: "go-plugin",
      about: "the same Go plugin under loopp's host",
      role: "mixed",
      prepare: benchGo,
      measure: async () => started({ transport: "process", options: { process: { command: await benchGo() } } }),
    },
    {
      name: "process-built",
      about: "a plugin made by `loopp build`, in a process",
      role: "ours",
      against: ["go-pair", "process"],
      prepare: build,
      measure: () => started({ transport: "process", options: { process: { command: built } } }),
    },
    {
      name: "process",
      about: "a plugin from its source, in a process",
      role: "ours",
      against: ["go-pair"],
      measure: () => started(source),
    },
    {
      name: "go-host-built",
      about: "the built plugin under the Go host",
      role: "mixed",
      against: ["go-pair"],
      measure: () => underGo([built]),
    },
    {
      name: "go-host",
      about: "the plugin from its source under the Go host",
      role: "mixed",
      against: ["go-pair"],
      measure: () => underGo(ownProgram),
    },
    {
      name: "in-process",
      about: "a plugin from its source, in the host's own thread; its module is loaded once",
      role: "ours",
      measure: () => started({ module: echoModule }),
    },
    { name: "worker", about: "a plugin from its source, in a worker", role: "ours", measure: () => started(worker) },
  ];
}

async function underGo(command: readonly string[]) {
  if (goProgram === undefined) throw new Error("there is no Go (1.21 or later) on PATH");
  const host = await startGoHost(command);
  await host.stop();
  return { ms: host.startMs };
}

async function startedTogether(plugin: PluginOptions) {
  const one = await started(plugin);
  const all = await started(plugin, together);
  if (one.cpu === undefined) return all;
  return { ...all, bound: all.ms / ((together * one.cpu) / availableParallelism()) };
}

/** Plugins of one runtime, each with one call. */
async function started(plugin: PluginOptions, count = 1) {
  const names = Array.from({ length: count }, (_, index) => `echo-${index}`);
  const cpuBefore = readCpuUs([]);
  const begin = performance.now();
  await using runtime = await createRuntime({
    plugins: Object.fromEntries(names.map((name) => [name, plugin])),
    ...nodeHooks(),
  });
  await Promise.all(
    names.map((name) => runtime.client(name, Bench).echo({ data: new Uint8Array(1) }, { timeoutMs: callTimeoutMs })),
  );
  const ms = performance.now() - begin;
  const cpuAfter = readCpuUs(pidsOf(runtime));
  const cpu = cpuBefore === undefined || cpuAfter === undefined ? undefined : (cpuAfter - cpuBefore) / 1000;
  return { ms, cpu };
}
