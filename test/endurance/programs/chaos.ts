/**
 * A host with 64 callers whose plugin fares badly. Tells, in JSON, what became of the calls, for how long the host's loop did not
 * turn, and what was left. Its arguments are the scenario, the transport, and for how many milliseconds.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Code, ConnectError } from "@connectrpc/connect";
import { Conformance } from "../../../proto/gen/loopp/v1/conformance_pb.ts";
import { createRuntime, type PluginHandle, type PluginOptions } from "../../../src/index.ts";
import { until } from "../../../src/testing/until.ts";
import { runtimeName } from "../../../src/values/platform.ts";
import { uniqueSeconds } from "../../transports/support.ts";
import type { Chaos } from "../plugins/chaotic.plugin.ts";
import { createCallers } from "./callers.ts";
import { collectGarbage, holdings, residentKb } from "./holdings.ts";
import { watchLoop } from "./loop-watch.ts";

const [scenario = "", transport = "", forMs = "3000"] = process.argv.slice(2);

export interface Wreckage {
  readonly answered: number;
  readonly failed: Readonly<Record<string, number>>;
  readonly wrong: readonly string[];
  /** The longest time that the host's loop did not turn, in milliseconds. */
  readonly blockedMs: number;
  readonly restarts: number;
  /** How the instances ended, by reasons. */
  readonly exits: Readonly<Record<string, number>>;
  readonly lines: number;
  /** What the host said of lines that it did not take. */
  readonly dropped: number;
  /** Resident memory of the plugin's process at the end, where it has one. */
  readonly pluginMb: number;
  readonly grownMb: number;
  readonly closeMs: number;
  /** Processes and files of plugins, when all is over. */
  readonly left: { readonly children: number; readonly marked: number; readonly files: number };
}

interface Scenario {
  readonly chaos?: Chaos["how"];
  readonly options?: PluginOptions;
  /** Done again and again while the callers call. */
  disturb?(plugin: PluginHandle): Promise<void> | void;
  /** What has to happen before it is over, however slow the machine: an end of an instance, or a gap in its log. */
  readonly until?: "exit";
  /** Instead of the callers. */
  call?(plugin: PluginHandle, wrong: string[]): Promise<void>;
}

const marker = uniqueSeconds();
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const pauseUpTo = (ms: number) => pause(Math.random() * ms);
const probed = { intervalMs: 100, timeoutMs: 200, misses: 3 };

/** Where plugins get the folders of their sockets from now on. */
function point(folder: string): void {
  process.env.XDG_RUNTIME_DIR = folder;
  process.env.TMPDIR = folder;
}

/** Leaves no room in the folder, or names one that is not there where it is no small disk of its own. */
function fill(folder: string): () => void {
  if (process.env.LOOPP_CHAOS_SMALL_DISK === undefined) {
    point(join(folder, "nowhere"));
    return () => point(folder);
  }
  const fillers: string[] = [];
  try {
    for (;;) {
      const filler = join(folder, `filler-${fillers.length}`);
      fillers.push(filler);
      writeFileSync(filler, "x");
    }
  } catch {
    // Full.
  }
  return () => {
    for (const filler of fillers) rmSync(filler, { force: true });
  };
}

function signal(pid: number | undefined, name: "SIGKILL" | "SIGSTOP" | "SIGCONT"): void {
  try {
    if (pid !== undefined) process.kill(pid, name);
  } catch {
    // It has just ended.
  }
}

const scenarios: Record<string, Scenario> = {
  calm: {},
  kills: {
    async disturb(plugin) {
      await pauseUpTo(500);
      plugin.kill();
    },
  },
  sigkill: {
    async disturb(plugin) {
      await pauseUpTo(500);
      signal(plugin.status.pid, "SIGKILL");
    },
  },
  /** Mostly short enough, sometimes for good. */
  sigstop: {
    options: { health: probed },
    async disturb(plugin) {
      await pauseUpTo(300);
      const { pid, generation } = plugin.status;
      signal(pid, "SIGSTOP");
      await pauseUpTo(200);
      if (pid === undefined || Math.random() < 0.7) return signal(pid, "SIGCONT");
      await until("the plugin has been started again", () => plugin.status.generation !== generation);
    },
  },
  memory: {
    chaos: "hoards",
    until: "exit",
    options: {
      options: {
        worker: { memoryLimitMb: 64 },
        // Bun's processes have no limit.
        process: { memoryLimitMb: 64, runtime: runtimeName === "bun" ? "node" : runtimeName },
      },
    },
  },
  floods: { chaos: "floods" },
  blocks: { chaos: "blocks", until: "exit", options: { health: probed } },
  "leaves a grandchild": {
    chaos: "leaves a grandchild",
    async disturb(plugin) {
      await pause(700);
      plugin.kill();
    },
  },
  "ignores the end": {
    chaos: "ignores the end",
    options: { stopGraceMs: 200 },
    async disturb(plugin) {
      await pauseUpTo(500);
      await plugin.restart({ drainMs: 50 });
    },
  },
  /** No new instance comes up while there is no room for its socket; then one does. */
  "full disk": {
    async disturb(plugin) {
      await pauseUpTo(300);
      const makeRoom = fill(process.env.XDG_RUNTIME_DIR ?? "");
      const { pid } = plugin.status;
      plugin.kill();
      await until("the plugin has ended", () => plugin.status.pid !== pid);
      await pause(300);
      if (plugin.status.pid !== undefined) throw new Error("A plugin came up without a place for its socket");
      makeRoom();
      await until("the plugin runs", () => plugin.status.pid !== undefined);
    },
  },
  /** Callers that write more than anybody reads. */
  "does not read": {
    chaos: "does not read",
    async call(plugin, wrong) {
      const client = plugin.client(Conformance);
      async function* endless() {
        for (;;) {
          yield { data: new Uint8Array(64 * 1024) };
          await new Promise(setImmediate);
        }
      }
      const end = performance.now() + Number(forMs);
      const caller = async () => {
        while (performance.now() < end) {
          const calls = [
            client.clientStream(endless(), { timeoutMs: 300 }),
            (async () => {
              for await (const _ of client.bidiStream(endless(), { timeoutMs: 300 }));
            })(),
          ];
          for (const call of await Promise.allSettled(calls)) {
            const code = call.status === "fulfilled" ? undefined : ConnectError.from(call.reason).code;
            if (code !== Code.DeadlineExceeded) wrong.push(`a call that nobody reads ended with ${code}`);
          }
          await client.unary({}, { timeoutMs: 10_000 });
        }
      };
      await Promise.all(Array.from({ length: 8 }, caller));
    },
  },
};

/** Plugins of another make, with the programs of the transports' tests. */
function foreign(mode: string): PluginOptions {
  const file = fileURLToPath(new URL("../../transports/programs/foreign.ts", import.meta.url));
  const run = runtimeName === "deno" ? ["run", "--allow-all", "--no-lock"] : [];
  return {
    transport: "process",
    options: { process: { command: process.execPath, args: [...run, file, mode, marker] } },
  };
}

async function wreck(): Promise<Wreckage> {
  const disk = process.env.LOOPP_CHAOS_SMALL_DISK;
  const folder = disk ?? mkdtempSync(join(tmpdir(), "chaos-"));
  point(folder);
  try {
    const { chaos = "nothing", options, disturb, until, call } = scenarios[scenario] ?? {};
    const config: Chaos = { how: chaos, marker, blockMs: Number(process.env.LOOPP_CHAOS_BLOCK_MS ?? 1000) };
    const exits: Record<string, number> = {};
    let lines = 0;
    let dropped = 0;
    const runtime = await createRuntime({
      plugins: {
        subject: {
          restart: { initialDelayMs: 0, factor: 1, jitter: 0, maxRestarts: 1e9, windowMs: 1 },
          ...(scenario in scenarios
            ? { module: new URL("../plugins/chaotic.plugin.ts", import.meta.url), transport, config }
            : foreign(scenario)),
          ...options,
        },
      },
      onLog({ message }) {
        lines++;
        const [, count] = /^\[?(\d+) (?:lines|bytes)\b.* dropped/.exec(message) ?? [];
        dropped += Number(count ?? 0);
      },
      onState({ from, exit }) {
        if (exit !== undefined && from !== "stopping") exits[exit.reason] = (exits[exit.reason] ?? 0) + 1;
      },
    });
    const plugin = runtime.plugin("subject");
    const callers = createCallers([plugin.client(Conformance)], 64, [
      Code.Unavailable,
      Code.DeadlineExceeded,
      Code.Canceled,
    ]);
    if (call === undefined) await callers.run(300);
    await collectGarbage();
    const before = residentKb();
    const watch = watchLoop();
    await pause(20);
    watch.take();
    const wrong: string[] = [];
    let over = false;
    const disturbing = (async () => {
      while (!over && disturb !== undefined) await disturb(plugin);
    })();
    const isMissing = () => until === "exit" && Object.keys(exits).length === 0;
    do await (call === undefined ? callers.run(Number(forMs)) : call(plugin, wrong));
    while (isMissing());
    over = true;
    await disturbing;
    const grownMb = (residentKb() - before) / 1024;
    const { restarts, pid } = plugin.status;
    const pluginMb = pid === undefined ? 0 : residentKb(pid) / 1024;
    const closing = performance.now();
    await runtime.close();
    const closeMs = performance.now() - closing;
    const blockedMs = watch.take();
    watch.stop();
    // What has ended may still have to be seen to have ended.
    for (let look = 0; look < 100 && holdings().children + marked() > 0; look++) await pause(50);
    return {
      answered: callers.answered,
      failed: callers.failed,
      wrong: [...wrong, ...callers.wrong].slice(0, 10),
      blockedMs,
      restarts,
      exits,
      lines,
      dropped,
      grownMb,
      pluginMb,
      closeMs,
      left: { children: holdings().children, marked: marked(), files: readdirSync(folder).length },
    };
  } finally {
    if (disk === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

/** Processes with this host's marker on their command line. */
function marked(): number {
  return readdirSync("/proc").filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0").includes(marker);
    } catch {
      return false;
    }
  }).length;
}

console.log(JSON.stringify(await wreck()));
process.exit(0);
