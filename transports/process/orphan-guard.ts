/**
 * Ends a child with all that it started when this process dies, however it dies: a shell waits at the end of a pipe that only
 * this process holds open. For programs that do not watch their host themselves.
 */
import { spawn } from "node:child_process";
import { ignore } from "../calls/iterables.ts";

export interface OrphanGuard {
  /** Takes the guard away: the child has ended, and its number may soon be another's. */
  dismiss(): void;
}

const script = 'read -r _; kill -s KILL -- "-$1"; rm -rf -- "$2"';

/**
 * @param leader the child, which leads a group of its own
 * @param directory removed with the child
 */
export function startOrphanGuard(leader: number, directory: string): OrphanGuard {
  const shell = spawn("/bin/sh", ["-c", script, "sh", String(leader), directory], {
    cwd: "/",
    // Out of reach of a Ctrl-C, and of whatever ends this process with its group.
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  // A system without a shell has no guard, and that is no reason not to run the plugin.
  shell.on("error", ignore);
  shell.stdin?.on("error", ignore);
  return {
    dismiss() {
      shell.kill("SIGKILL");
      shell.stdin?.destroy();
    },
  };
}
