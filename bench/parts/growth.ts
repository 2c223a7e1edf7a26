/** How cost grows: with callers at once, with the length of a payload, with the number of plugins. */
import { freemem } from "node:os";
import { Bench } from "../../proto/gen/loopp/v1/bench_pb.ts";
import { createRuntime } from "../../src/runtime/create-runtime.ts";
import type { Contender } from "../contender.ts";
import { goPair } from "../contenders/go.ts";
import { contests } from "../contenders/index.ts";
import { echoModule, nodeHooks, pidsOf } from "../contenders/plugin.ts";
import { callBy } from "../contenders/rpc.ts";
import { type Load, perSecond, smallBytes } from "../loads.ts";
import type { BenchTable } from "../results.ts";
import { type Contest, type RunOptions, runContest } from "../run.ts";
import type { Part } from "./part.ts";

const callers = [1, 8, 64, 256, 1000];
const payloads = [
  ["64 B", 64],
  ["1 KiB", 1024],
  ["16 KiB", 16 * 1024],
  ["256 KiB", 256 * 1024],
  ["4 MiB", 4 * 1024 * 1024],
  ["16 MiB", 16 * 1024 * 1024],
] as const;
/** Payloads of 16 MiB are several times in memory for each call under way. */
const payloadsInFlight = 4;
const plugins = [1, 10, 100];
/** What a plugin may take at most, with its process: more than the machine has is not begun. */
const pluginBytes = 100 * 1024 * 1024;
const fleetStartMs = 120_000;

const transports = ["in-process", "worker", "process"] as const;
const grown = contests
  .flatMap(({ contenders }) => contenders)
  .filter(({ name }) => transports.some((transport) => transport === name) || name === goPair.name);

export const growth: Part = {
  name: "growth",
  async run(options) {
    const only = ({ name }: Contender) => options.only.length === 0 || options.only.includes(name);
    // The transports do not compete with each other, and only processes with a pair of processes.
    const contenders = grown
      .filter(only)
      .map((one) => ({ ...one, against: one.name === "process" ? [goPair.name] : [] }));
    const byCallers: Contest = { name: "growth-callers", title: "Callers at once", contenders };
    const byPayload: Contest = { name: "growth-payload", title: "Length of the payload", contenders };
    return [
      await runContest(byCallers, { ...options, loads: callers.map(callersLoad) }),
      await runContest(byPayload, { ...options, loads: payloads.map(([title, bytes]) => payloadLoad(title, bytes)) }),
      await byPlugins({ ...options, loads: [fleetLoad] }, only),
    ];
  },
};

const figure = (name: string, title: string) =>
  ({ name, title, unit: "calls/s", better: "more", of: perSecond }) as const;

function callersLoad(inFlight: number): Load {
  const name = `callers-${inFlight}`;
  const title = `${inFlight} at once`;
  return { name, title, bytes: smallBytes, inFlight, figures: [figure(name, title)] };
}

function payloadLoad(title: string, bytes: number): Load {
  const name = `payload-${bytes}`;
  return { name, title, bytes, inFlight: payloadsInFlight, figures: [figure(name, title)] };
}

const fleetLoad: Load = {
  name: "fleet",
  title: "64 B, 64 in flight, over all of them",
  bytes: smallBytes,
  inFlight: 64,
  figures: [figure("fleet", "64 B, 64 in flight, over all of them")],
};

/** One transport after the other: a hundred plugins of each would not fit on most machines. */
async function byPlugins(options: RunOptions, only: (contender: Contender) => boolean): Promise<BenchTable> {
  const table = { name: "growth-plugins", title: "Plugins of one host" };
  const found: BenchTable[] = [];
  for (const transport of transports) {
    const contenders = plugins
      .map((count) => fleet(transport, count))
      .filter((one) => only({ ...one, name: transport }));
    if (contenders.length > 0) found.push(await runContest({ ...table, contenders }, options));
  }
  return { ...table, columns: found[0]?.columns ?? [], rows: found.flatMap(({ rows }) => rows) };
}

/** So many plugins in one runtime, called by turns. */
function fleet(transport: (typeof transports)[number], count: number): Contender {
  return {
    name: `${transport}-${count}`,
    about: `${count === 1 ? "one plugin" : `${count} plugins of one host`} on the ${transport} transport, called by turns; with the call profile`,
    role: "ours",
    startWithinMs: fleetStartMs,
    async start() {
      if (transport !== "in-process" && freemem() < count * pluginBytes) {
        throw new Error(`${count} plugins may need ${(count * pluginBytes) / 1e9} GB, and there is less memory free`);
      }
      const names = Array.from({ length: count }, (_, index) => `echo-${index}`);
      const runtime = await createRuntime({
        plugins: Object.fromEntries(
          names.map((name) => [name, { module: echoModule, transport, startTimeoutMs: fleetStartMs }]),
        ),
        ...nodeHooks(),
      });
      const all = names.map((name) => callBy(runtime.client(name, Bench), async () => {}));
      let turn = 0;
      return {
        call: (payload) => {
          const next = all[turn++ % count];
          if (next === undefined) throw new RangeError("There are no plugins");
          return next.call(payload);
        },
        pids: pidsOf(runtime),
        stop: () => runtime.close(),
      };
    },
  };
}
