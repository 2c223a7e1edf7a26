/** What a process holds, as the kernel tells it, and how its memory goes over many cycles. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { runtimeName } from "../../../src/values/platform.ts";

export interface Holdings {
  /** Descriptors by their kinds. */
  readonly descriptors: Readonly<Record<string, number>>;
  readonly sockets: number;
  readonly children: number;
  readonly zombies: number;
}

export function holdings(pid = process.pid): Holdings {
  const descriptors: Record<string, number> = {};
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    try {
      const kind = readlinkSync(`/proc/${pid}/fd/${fd}`).replace(/:?\[.*\]$/, "");
      const name = kind.startsWith("/") ? "file" : kind;
      descriptors[name] = (descriptors[name] ?? 0) + 1;
    } catch {
      // The descriptor of the listing itself.
    }
  }
  const states = childStates(pid);
  return {
    descriptors: Object.fromEntries(Object.entries(descriptors).sort()),
    sockets: descriptors.socket ?? 0,
    children: states.length,
    zombies: states.filter((state) => state === "Z").length,
  };
}

function childStates(parent: number): string[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      const [state = "", ppid] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return Number(ppid) === parent ? [state] : [];
    } catch {
      return [];
    }
  });
}

export function threads(pid = process.pid): number {
  return readdirSync(`/proc/${pid}/task`).length;
}

export function residentKb(pid = process.pid): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}

/** Gives the runtime the time to end what is ending, and makes it collect what nobody holds any more. */
export async function collectGarbage(): Promise<void> {
  for (let round = 0; round < 2; round++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    collect();
  }
}

const collect = collector();

function collector(): () => void {
  const { gc, Bun } = globalThis as { gc?: () => void; Bun?: { gc(force: boolean): void } };
  if (Bun !== undefined) return () => Bun.gc(true);
  if (gc !== undefined) return gc;
  if (runtimeName === "deno") return () => {};
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}

export interface Sample {
  readonly cycle: number;
  readonly kb: number;
}

/** By how much memory grows with each cycle: the line through the samples from which the sum of squares is least. */
export function slopeOf(samples: readonly Sample[]): number {
  const meanCycle = mean(samples.map(({ cycle }) => cycle));
  const meanKb = mean(samples.map(({ kb }) => kb));
  const spread = samples.reduce((sum, { cycle }) => sum + (cycle - meanCycle) ** 2, 0);
  return samples.reduce((sum, { cycle, kb }) => sum + (cycle - meanCycle) * (kb - meanKb), 0) / spread;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
