/** What a plugin's process uses, read from outside, so also for programs in other languages. Only on Linux, from /proc. */
import { readFileSync } from "node:fs";

export interface ProcessUsage {
  /** Memory that is in RAM now. */
  readonly residentBytes: number;
  /** User and system time since the process began. */
  readonly cpuSeconds: number;
}

/** The kernel's unit for times in /proc: 1/100 s on the architectures that Bun, Node and Deno run on. */
const ticksPerSecond = 100;

/**
 * @param parent whose child it must be, by default this process's. Any other pid is ignored: the plugin may run on another machine, or
 * may have ended and its number may be in use again.
 * @returns `undefined` where it cannot be known
 */
export function readProcessUsage(pid: number, parent: number | "any" = process.pid): ProcessUsage | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    // The name in parentheses may hold anything, also spaces and parentheses.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [, ppid, ...fields] = stat
      .slice(stat.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number);
    const residentKib = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
    if ((parent !== "any" && ppid !== parent) || residentKib === undefined) return undefined;
    const [utime = Number.NaN, stime = Number.NaN] = fields.slice(9, 11);
    const usage = { residentBytes: Number(residentKib) * 1024, cpuSeconds: (utime + stime) / ticksPerSecond };
    return Number.isFinite(usage.cpuSeconds) ? usage : undefined;
  } catch {
    return undefined;
  }
}
