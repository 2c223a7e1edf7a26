/** What a plugin's process uses, read from outside: also of a process that is not ours to ask. Linux's /proc has it, others do not. */
import { readFileSync } from "node:fs";

export interface ProcessUsage {
  /** Memory that is in RAM now. */
  readonly residentBytes: number;
  /** User and system time since the process began. */
  readonly cpuSeconds: number;
}

/** The kernel's unit for times in /proc: 1/100 s on every architecture that Linux tells programs about. */
const ticksPerSecond = 100;

/**
 * @param pid of a child of this process. Any other number is none of a plugin that runs here: of one whose transport reaches to
 * another machine, say, or of one that has ended.
 * @returns `undefined` where it cannot be known
 */
export function readProcessUsage(pid: number): ProcessUsage | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    // The name in parentheses may hold anything, also spaces and parentheses.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [, parent, ...fields] = stat
      .slice(stat.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number);
    const residentKib = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
    if (parent !== process.pid || residentKib === undefined) return undefined;
    const [utime = Number.NaN, stime = Number.NaN] = fields.slice(9, 11);
    const usage = { residentBytes: Number(residentKib) * 1024, cpuSeconds: (utime + stime) / ticksPerSecond };
    return Number.isFinite(usage.cpuSeconds) ? usage : undefined;
  } catch {
    return undefined;
  }
}
