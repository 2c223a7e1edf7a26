/** Ending processes with all that they have started. */

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
