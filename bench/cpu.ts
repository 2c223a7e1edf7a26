/** Processor time, which other programs on the machine disturb less than they disturb the clock on the wall. */
import { readProcessUsage } from "../src/observability/process-usage.ts";

/**
 * User and system time in microseconds of this process, its threads among it, and of others.
 * @returns `undefined` where it cannot be known of one of them
 */
export function readCpuUs(pids: readonly number[]): number | undefined {
  const { user, system } = process.cpuUsage();
  let sum = user + system;
  for (const pid of pids) {
    const usage = readProcessUsage(pid, "any");
    if (usage === undefined) return undefined;
    sum += usage.cpuSeconds * 1e6;
  }
  return sum;
}
