/**
 * Ends a child with all that it started when this process dies, however it dies: a shell waits at the end of a pipe that only
 * this process holds open. For programs that do not watch their host themselves.
 */
import { spawn } from "node:child_process";
import { ignore } from "../calls/iterables.ts";

export interface OrphanGuard {
  /** Names the child, which leads a group of its own. */
  watch(leader: number): void;
  /** Takes the guard away: the child has ended, and its number may soon be another's. */
  dismiss(): void;
}

const script = 'read -r leader; read -r _; [ -z "$leader" ] || kill -s KILL -- "-$leader"; rm -rf -- "$1"';

/**
 * Stands there before the child does: a host may die at the moment at which it has started one.
 * @param directory removed with the child
 */
export function startOrphanGuard(directory: string): OrphanGuard {
  const shell = spawn("/bin/sh", ["-c", script, "sh", directory], {
    cwd: "/",
    // Out of reach of a Ctrl-C, and of whatever ends this process with its group.
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  // A system without a shell has no guard, and that is no reason not to run the plugin.
  shell.on("error", ignore);
  shell.stdin?.on("error", ignore);
  return {
    watch: (leader) => void shell.stdin?.write(`${leader}\n`),
    dismiss() {
      shell.kill("SIGKILL");
      shell.stdin?.destroy();
    },
  };
}
