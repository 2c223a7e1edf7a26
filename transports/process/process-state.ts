/** Whether a process is alive. A zombie is not: it only waits for its exit code to be read, perhaps forever. */
import { readFileSync } from "node:fs";
import { errorCode } from "../../src/values/error-text.ts";

/** @param startTime what {@link startTimeOf} said of the process that is meant; another one may have its number by now */
export function isProcessAlive(pid: number, startTime?: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Not permitted means that it runs and belongs to another user.
    if (errorCode(error) !== "EPERM") return false;
  }
  const stat = readStat(pid);
  if (stat === undefined) return true;
  return !"ZX".includes(stat.state) && (startTime === undefined || startTime === stat.startTime);
}

/** When a process started, in the kernel's own measure; 0 where the system does not tell. */
export function startTimeOf(pid: number): number {
  return readStat(pid)?.startTime ?? 0;
}

function readStat(pid: number): { state: string; startTime: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The fields stand after the name, which is in parentheses and may hold anything.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { state: fields[0] ?? "", startTime: Number(fields[19]) };
  } catch {
    return undefined;
  }
}

/** Ends a process with all of its group, or alone where it leads none. It may be gone already. */
export function killWithGroup(pid: number): void {
  if (!killGroup(pid)) kill(pid);
}

/** Ends what is left of a group, its leader perhaps gone. Returns whether there was anything left. */
export function killGroup(leader: number): boolean {
  return kill(-leader);
}

function kill(target: number): boolean {
  // To the system, these mean everybody or the caller's own group.
  if (target === -1 || target === 0) return false;
  try {
    return process.kill(target, "SIGKILL");
  } catch {
    return false;
  }
}
