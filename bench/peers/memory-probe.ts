/**
 * Measures memory in a process that has done nothing else: `<runtime> memory-probe.ts PROBE`. Prints a line of JSON, in MiB: what it
 * costs in this process and, where a plugin has a process, in that.
 */
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Worker } from "node:worker_threads";
import { Bench } from "../../proto/gen/loopp/v1/bench_pb.ts";
import { readProcessUsage } from "../../src/observability/process-usage.ts";
import { createRuntime } from "../../src/runtime/create-runtime.ts";
import type { PluginOptions } from "../../src/runtime/options.ts";
import { errorText } from "../../src/values/error-text.ts";
import { benchGo } from "../contenders/go.ts";
import { echoModule, nodeHooks, pidsOf } from "../contenders/plugin.ts";
import { createPayload, smallBytes } from "../loads.ts";

const mib = 1024 * 1024;
/** The first ones pay for what all of them share. */
const warmUp = 3;
const counted = 10;
const streams = 1000;
/** More than anybody reads: a stream stays open. */
const messages = 1_000_000;

const probes: Readonly<Record<string, () => Promise<{ host: number; plugin?: number | undefined }>>> = {
  thread: async () => {
    const start = async (count: number) => {
      const threads = Array.from({ length: count }, () => new Worker("setInterval(() => {}, 1e6)", { eval: true }));
      await Promise.all(threads.map((thread) => once(thread, "online")));
    };
    await start(warmUp);
    const before = await residentMib();
    await start(counted);
    return { host: ((await residentMib()) - before) / counted };
  },
  worker: () => idle({ module: echoModule, transport: "worker" }),
  process: () => idle({ module: echoModule, transport: "process" }),
  "go-plugin": async () => idle({ transport: "process", options: { process: { command: await benchGo() } } }),
  "in-process-streams": () => openStreams({ module: echoModule }),
  "worker-streams": () => openStreams({ module: echoModule, transport: "worker" }),
  "process-streams": () => openStreams({ module: echoModule, transport: "process" }),
};

/** Of one plugin that was called once. */
async function idle(plugin: PluginOptions) {
  await using runtime = await createRuntime(nodeHooks());
  const add = async (count: number) => {
    const names = Array.from({ length: count }, (_, index) => `echo-${runtime.plugins.size + index}`);
    await Promise.all(names.map((name) => runtime.add(name, plugin)));
    await Promise.all(names.map((name) => runtime.client(name, Bench).echo({ data: new Uint8Array(1) })));
  };
  await add(warmUp);
  const before = await residentMib();
  await add(counted);
  const host = ((await residentMib()) - before) / counted;
  return { host, plugin: pluginMib(pidsOf(runtime)[0]) };
}

/** Of a thousand streams of one plugin, each read once and left open. */
async function openStreams(plugin: PluginOptions) {
  await using runtime = await createRuntime({ plugins: { echo: plugin }, ...nodeHooks() });
  const client = runtime.client("echo", Bench);
  const request = { count: messages, data: createPayload(smallBytes) };
  const ending = new AbortController();
  const open = async (count: number) => {
    const opened = Array.from({ length: count }, () =>
      client.stream(request, { signal: ending.signal })[Symbol.asyncIterator](),
    );
    await Promise.all(opened.map((stream) => stream.next()));
    return opened;
  };
  const kept = await open(warmUp);
  const [pid] = pidsOf(runtime);
  const before = [await residentMib(), pluginMib(pid)] as const;
  kept.push(...(await open(streams)));
  const [host, inPlugin] = [await residentMib(), pluginMib(pid)];
  ending.abort();
  await Promise.allSettled(kept.map((stream) => stream.next()));
  return {
    host: host - before[0],
    plugin: inPlugin === undefined || before[1] === undefined ? undefined : inPlugin - before[1],
  };
}

/** Without what waits to be collected, as far as the runtime lets itself be told. */
async function residentMib(): Promise<number> {
  await delay(300);
  collectGarbage();
  await delay(200);
  return process.memoryUsage().rss / mib;
}

function collectGarbage(): void {
  const { Bun: bun } = globalThis as { Bun?: { gc(isNow: boolean): void } };
  if (bun !== undefined) return bun.gc(true);
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  if (typeof collect === "function") collect();
}

function pluginMib(pid: number | undefined): number | undefined {
  const usage = pid === undefined ? undefined : readProcessUsage(pid);
  return usage === undefined ? undefined : usage.residentBytes / mib;
}

try {
  const probe = probes[process.argv[2] ?? ""];
  if (probe === undefined) throw new RangeError(`There is no such probe; there are ${Object.keys(probes).join(", ")}`);
  console.log(JSON.stringify(await probe()));
} catch (error) {
  console.log(JSON.stringify({ error: errorText(error) }));
}
process.exit(0);
