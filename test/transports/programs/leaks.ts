/**
 * Does one thing many times and tells, in JSON, what the process and its plugin hold before and after. Its arguments are the
 * transport, what to do, and how often.
 */

import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { type Client, createClient as createPlainClient } from "@connectrpc/connect";
import { Conformance } from "../../../proto/gen/loopp/v1/conformance_pb.ts";
import { conformanceRoutes } from "../../../src/testing/conformance/conformance.plugin.ts";
import { failure } from "../../../src/testing/failure.ts";
import { createClient } from "../../../transports/calls/client.ts";
import { check } from "../../../transports/options/check.ts";
import { createProcessTransport } from "../../../transports/process/index.ts";
import type { PluginInstance, PluginTransport } from "../../../transports/transport.ts";
import { createWorkerTransport } from "../../../transports/worker/index.ts";
import { createLaunch, pluginUrl, renewConnection } from "../support.ts";

const [kind = "", action = "", times = "1"] = process.argv.slice(2);
const count = Number(times);
const transport: PluginTransport = kind === "worker" ? createWorkerTransport() : createProcessTransport();

function launch(): Promise<PluginInstance> {
  return transport.launch(check(transport.options, { module: pluginUrl("conformance") }, "subject"), createLaunch());
}

/** Runs `act` so many times, a few at once. */
async function repeat(total: number, act: (index: number) => Promise<void>, atOnce = 4): Promise<void> {
  let next = 0;
  const run = async () => {
    while (next < total) await act(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, run));
}

/** The descriptors that a process holds, by their kinds. */
function holdings(pid: number | "self"): Record<string, number> {
  const descriptors: Record<string, number> = {};
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    try {
      const kindOf = readlinkSync(`/proc/${pid}/fd/${fd}`).replace(/:?\[.*\]$/, "");
      const name = kindOf.startsWith("/") ? "file" : kindOf;
      descriptors[name] = (descriptors[name] ?? 0) + 1;
    } catch {
      // The descriptor of the listing itself.
    }
  }
  return descriptors;
}

const threadsOf = (pid: number | "self") => readdirSync(`/proc/${pid}/task`).length;

function children(): number {
  return readdirSync("/proc").filter((name) => {
    try {
      return (
        /^\d+$/.test(name) &&
        new RegExp(`^PPid:\\s+${process.pid}$`, "m").test(readFileSync(`/proc/${name}/status`, "utf8"))
      );
    } catch {
      return false;
    }
  }).length;
}

function snapshot(plugin?: number) {
  const folder = process.env.XDG_RUNTIME_DIR ?? "";
  return {
    host: holdings("self"),
    children: children(),
    files: readdirSync(folder, { recursive: true }).length,
    resources: process
      .getActiveResourcesInfo?.()
      .filter((name) => name !== "Timeout" && name !== "Immediate")
      .sort(),
    timers: process.getActiveResourcesInfo?.().filter((name) => name === "Timeout").length,
    ...(plugin === undefined ? {} : { plugin: holdings(plugin) }),
  };
}

const actions: Record<string, (instance: PluginInstance, client: Client<typeof Conformance>) => Promise<void>> = {
  async brokered(instance, client) {
    await using server = await instance.broker.serve(conformanceRoutes({}));
    await client.callBack({ id: server.id, request: { count: 1 } });
  },
  async dialled(instance, client) {
    // One offer of the plugin, dialled again and again.
    offered ??= client.offer({}).then(({ id }) => id);
    await using connection = await instance.broker.dial(await offered);
    await createClient(Conformance, connection.transport).unary({});
  },
  async cancelled(_, client) {
    const controller = new AbortController();
    const pending = failure(() => client.unary({ hang: true }, { signal: controller.signal }));
    setTimeout(() => controller.abort(), 1);
    await pending;
  },
  async late(_, client) {
    await failure(() => client.unary({ hang: true }, { timeoutMs: 5 }));
  },
  async broken(_, client) {
    for await (const _ of client.serverStream({ count: 20, sizeBytes: 100 })) break;
  },
  async abandoned(instance) {
    // With Connect's own client, which leaves a stream that nobody reads to its signal.
    const controller = new AbortController();
    const stream = createPlainClient(Conformance, instance.transport).serverStream(
      { count: 200, sizeBytes: 1000 },
      { signal: controller.signal },
    );
    await stream[Symbol.asyncIterator]().next();
    controller.abort();
  },
};
let offered: Promise<number> | undefined;

interface Measured {
  readonly before: string;
  readonly after: string;
  /** By what the heap has grown, in bytes, and the number of threads. */
  readonly grown: { readonly heapBytes: number; readonly threads: number };
}

async function measure(): Promise<Measured> {
  if (action === "launched") {
    const live = async () => {
      const instance = await launch();
      await createClient(Conformance, instance.transport).unary({});
      await instance.stop({ graceMs: 10_000 });
    };
    await repeat(4, live);
    return await compare(() => repeat(count, live));
  }
  const act = actions[action];
  if (act === undefined) throw new RangeError(`No such action: ${action}`);
  const instance = await launch();
  const client = createClient(Conformance, instance.transport);
  await repeat(50, () => act(instance, client), 10);
  await renewConnection(client);
  const run = () => repeat(count, () => act(instance, client), 10);
  let measured = await compare(run, instance.facts.pid);
  // A runtime takes a block of some megabytes at one time or another. What is not given back is taken every time.
  for (let again = 0; again < 2 && measured.grown.heapBytes > 1024 * 1024; again++) {
    const { after, grown } = await compare(run, instance.facts.pid);
    const heapBytes = Math.min(measured.grown.heapBytes, grown.heapBytes);
    measured = { ...measured, after, grown: { heapBytes, threads: measured.grown.threads + grown.threads } };
  }
  await instance.stop({ graceMs: 10_000 });
  return measured;
}

async function compare(run: () => Promise<void>, plugin?: number): Promise<Measured> {
  const threads = () => threadsOf("self") + (plugin === undefined ? 0 : threadsOf(plugin));
  const before = await settled(undefined, plugin);
  const [heapBefore, threadsBefore] = [heap(), threads()];
  await run();
  const after = await settled(before, plugin);
  return { before, after, grown: { heapBytes: heap() - heapBefore, threads: threads() - threadsBefore } };
}

function heap(): number {
  const { gc, Bun } = globalThis as { gc?: () => void; Bun?: { gc(force: boolean): void } };
  gc?.();
  Bun?.gc(true);
  return process.memoryUsage().heapUsed;
}

/** What is held when it no longer changes, or is what it was before: some of it goes away in its own time. */
async function settled(wanted?: string, plugin?: number): Promise<string> {
  let last = "";
  for (let same = 0; same < (wanted === undefined ? 5 : 50); ) {
    const now = JSON.stringify(snapshot(plugin));
    if (now === wanted) return now;
    same = now === last ? same + 1 : 0;
    last = now;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return last;
}

const { before, after, grown } = await measure();
console.log(JSON.stringify({ before: JSON.parse(before), after: JSON.parse(after), grown }));
process.exit(0);
