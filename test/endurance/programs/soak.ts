/**
 * Does one thing very often and tells, in JSON, what the process held before and after and how its memory went. Its arguments
 * are what to do, on which transport, and how often; of a load, for how many seconds.
 */
import { Conformance, DieRequest_How } from "../../../proto/gen/loopp/v1/conformance_pb.ts";
import {
  createClient,
  createRuntime,
  type PluginHandle,
  type PluginOptions,
  type Runtime,
} from "../../../src/index.ts";
import { conformanceRoutes } from "../../../src/testing/conformance/conformance.plugin.ts";
import { until } from "../../../src/testing/until.ts";
import { ignore } from "../../../transports/calls/iterables.ts";
import { renewConnection } from "../../transports/support.ts";
import { createCallers } from "./callers.ts";
import { collectGarbage, type Holdings, holdings, residentKb, type Sample, slopeOf, threads } from "./holdings.ts";

const [action = "", transport = "", times = "100"] = process.argv.slice(2);
const count = Number(times);

/** What is not yet as it will stay: caches, pools, compiled code. */
const warmUp = Math.min(50, Math.ceil(count / 4));

export interface Soaked {
  readonly cycles: number;
  readonly seconds: number;
  readonly before: Holdings;
  readonly after: Holdings;
  readonly threads: { readonly before: number; readonly after: number };
  /** Of the resident memory, from cycle 50 (of short runs: a quarter) to the end. */
  readonly kbPerCycle: number;
  readonly firstKb: number;
  readonly lastKb: number;
  /** The same of the plugin's process, where it stays the same one. */
  readonly plugin?: { readonly kbPerCycle: number; readonly before: Holdings; readonly after: Holdings };
  readonly calls?: number;
}

/** What is set for this program's memory, so that the plugin's is measured alike: plugins do not inherit their host's environment. */
function memorySettings(): Record<string, string> {
  const names = ["MALLOC_ARENA_MAX", "NODE_OPTIONS"];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

function options(on: string, more: PluginOptions = {}): PluginOptions {
  return {
    module: new URL("../plugins/enduring.plugin.ts", import.meta.url),
    transport: on,
    restart: { initialDelayMs: 0, factor: 1, jitter: 0, maxRestarts: 1e9, windowMs: 1 },
    health: false,
    options: { process: { env: memorySettings() } },
    config: { collects: on === "process" && (action === "brokered" || action === "load") },
    ...more,
  };
}

function start(...kinds: string[]): Promise<Runtime> {
  return createRuntime({ plugins: Object.fromEntries(kinds.map((kind) => [kind, options(kind)])), onLog: ignore });
}

/** A thing to do again and again; `pid` is the process of a plugin that stays the same. */
interface Action extends AsyncDisposable {
  readonly pid?: number | undefined;
  cycle(index: number): Promise<void>;
  readonly calls?: () => number;
}

const actions: Record<string, () => Promise<Action>> = {
  /** The plugin dies, each time in another way; the next call finds the next instance. */
  async crashes() {
    const runtime = await start(transport);
    const plugin = runtime.plugin(transport);
    const client = plugin.client(Conformance);
    const ways = [
      () => plugin.kill(),
      () => client.die({ how: DieRequest_How.EXIT, code: 3 }),
      () => client.die({ how: DieRequest_How.THROW }),
      () => (plugin.status.pid === undefined ? plugin.kill() : process.kill(plugin.status.pid, "SIGKILL")),
    ];
    return {
      async cycle(index) {
        const { generation } = plugin.status;
        await Promise.resolve(ways[index % ways.length]?.()).catch(ignore);
        const isNext = () => plugin.status.generation !== generation;
        await until("the plugin has been started again", isNext, { everyMs: 1 });
        const { data } = await client.unary({ data: Uint8Array.of(index % 256) });
        if (data[0] !== index % 256) throw new Error(`Got the answer of another call in cycle ${index}`);
      },
      [Symbol.asyncDispose]: () => runtime.close(),
    };
  },
  /** From transport to transport, with calls all the while. */
  async switches() {
    const runtime = await start("in-process");
    const plugin = runtime.plugin("in-process");
    const client = plugin.client(Conformance);
    return {
      async cycle(index) {
        for (const kind of ["worker", "process", "in-process"]) {
          const call = client.unary({ data: Uint8Array.of(index % 256) });
          await plugin.switchTo(kind);
          if ((await call).data[0] !== index % 256) throw new Error(`Got the answer of another call in round ${index}`);
          if (plugin.transport !== kind) throw new Error(`It runs as ${plugin.transport}, not ${kind}`);
        }
      },
      [Symbol.asyncDispose]: () => runtime.close(),
    };
  },
  /** A cycle is a hundred connections: fifty that the host serves, fifty that the plugin serves. */
  async brokered() {
    const runtime = await start(transport);
    const plugin = runtime.plugin(transport);
    const client = plugin.client(Conformance);
    const broker = await plugin.resource({ create: async (instance) => instance.broker }).get();
    const fromHost = async () => {
      await using server = await broker.serve(conformanceRoutes({}));
      await client.callBack({ id: server.id, request: { count: 1 } });
    };
    const fromPlugin = async () => {
      const { id } = await client.offer({});
      await using connection = await broker.dial(id);
      await createClient(Conformance, connection.transport).unary({});
    };
    return {
      pid: plugin.status.pid,
      async cycle() {
        for (let round = 0; round < 10; round++) {
          await Promise.all([...Array.from({ length: 5 }, fromHost), ...Array.from({ length: 5 }, fromPlugin)]);
        }
      },
      [Symbol.asyncDispose]: () => runtime.close(),
    };
  },
  /** A cycle is a second in which 64 callers do all that callers do. */
  async load() {
    const runtime = await start("in-process", "worker", "process");
    const clients = [...runtime.plugins.values()].map((each: PluginHandle) => each.client(Conformance));
    const plugin = runtime.plugin("process");
    await renewConnection(plugin.client(Conformance));
    const callers = createCallers(clients, 64);
    return {
      pid: plugin.status.pid,
      async cycle() {
        await callers.run(1000);
      },
      calls: () => {
        if (callers.wrong.length > 0) throw new Error(callers.wrong.join("\n"));
        return callers.answered;
      },
      [Symbol.asyncDispose]: () => runtime.close(),
    };
  },
};

async function soak(): Promise<Soaked> {
  const begin = actions[action];
  if (begin === undefined) throw new RangeError(`No such action: ${action}`);
  await using subject = await begin();
  const { pid } = subject;
  const samples: Sample[] = [];
  const pluginSamples: Sample[] = [];
  const every = Math.max(1, Math.floor(count / 100));
  for (let cycle = 0; cycle < warmUp; cycle++) await subject.cycle(cycle);
  const before = await settled();
  const pluginBefore = pid === undefined ? undefined : holdings(pid);
  const threadsBefore = threads();
  const began = performance.now();
  for (let cycle = 0; cycle < count; cycle++) {
    await subject.cycle(cycle);
    // Each time, not only before a look: what waits to be collected is no leak, but it takes memory.
    await collectGarbage();
    if (cycle % every !== 0) continue;
    samples.push({ cycle, kb: residentKb() });
    if (pid !== undefined) pluginSamples.push({ cycle, kb: residentKb(pid) });
    if (process.env.LOOPP_SOAK_TRACE !== undefined)
      console.error(cycle, residentKb(), pid === undefined ? "" : residentKb(pid));
  }
  const seconds = (performance.now() - began) / 1000;
  const after = await settled(before);
  return {
    cycles: count,
    seconds,
    before,
    after,
    threads: { before: threadsBefore, after: threads() },
    kbPerCycle: slopeOf(samples),
    firstKb: samples[0]?.kb ?? 0,
    lastKb: samples.at(-1)?.kb ?? 0,
    ...(pid === undefined || pluginBefore === undefined
      ? {}
      : { plugin: { kbPerCycle: slopeOf(pluginSamples), before: pluginBefore, after: holdings(pid) } }),
    ...(subject.calls === undefined ? {} : { calls: subject.calls() }),
  };
}

/** What is held when it is as it was, or no longer changes: some of it goes away in its own time. */
async function settled(wanted?: Holdings): Promise<Holdings> {
  let last = holdings();
  for (let same = 0; same < (wanted === undefined ? 5 : 50); ) {
    await collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const now = holdings();
    if (wanted !== undefined && JSON.stringify(now) === JSON.stringify(wanted)) return now;
    same = JSON.stringify(now) === JSON.stringify(last) ? same + 1 : 0;
    last = now;
  }
  return last;
}

console.log(JSON.stringify(await soak()));
process.exit(0);
