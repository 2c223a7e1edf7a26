/**
 * Ends a host's plugins, with all that they have started, when the host dies, however it dies and whatever the plugins are doing: busy,
 * stopped, or not yet up. One shell for each host waits at the end of a pipe that only the host holds open.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { errorCode } from "../../src/values/error-text.ts";
import { ignore } from "../calls/iterables.ts";
import { killWithGroup } from "./kill-group.ts";
import { removeFile } from "./own-directory.ts";

export interface OrphanGuard {
  /** Takes the guard away. */
  dismiss(): void;
}

/** Is in an instance's directory for as long as the guard may be relied upon. */
const markerName = "guarded";
/** Holds the process id of the one that leads the instance's group. */
const leaderName = "leader";

/**
 * Runs in the host's directory, so that it reaches that one even if something else has its name by now. A plugin that its host has not
 * named yet names itself, and then looks for the marker: so the markers go before the names are read. The host's PATH may lead anywhere;
 * where there is none, Deno makes one without any of the system's programs.
 */
const script = `
PATH="/usr/bin:/bin:$PATH"
read -r _
[ -O . ] || exit
rm -f ./*/${markerName}
for file in ./*/${leaderName}; do
  read -r leader <"$file" && [ "$leader" -gt 1 ] && kill -s KILL -- "-$leader"
done
rm -rf ./* ./.[!.]*
cd / && rmdir -- "$1"
`;

/**
 * @param directory the host's
 * @returns `undefined` where the system has no shell, or cannot start one now
 */
export function startOrphanGuard(directory: string): OrphanGuard | undefined {
  let dismissed = false;
  let shell: ChildProcess | undefined;
  const start = () => {
    shell = startShell(directory);
    // What ended it was not meant for the plugins: the next one takes over.
    shell?.once("exit", (_, signal) => {
      if (!dismissed && signal !== null) start();
    });
  };
  start();
  if (shell?.pid === undefined) return undefined;
  return {
    dismiss() {
      dismissed = true;
      // Not by the child's own `kill`: on Deno that closes its pipes first, which would tell it that its host has died.
      if (shell?.pid !== undefined && isRunning(shell)) killWithGroup(shell.pid);
      shell?.stdin?.destroy();
    },
  };
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

function startShell(directory: string): ChildProcess | undefined {
  try {
    const shell = spawn("/bin/sh", ["-c", script, "sh", directory], {
      cwd: directory,
      // Out of reach of a Ctrl-C, and of whatever ends this process with its group.
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
    });
    shell.on("error", ignore);
    shell.stdin?.on("error", ignore);
    return shell;
  } catch {
    return undefined;
  }
}

/** Says that there is a guard, before the instance's first process. @param directory the instance's own, as below */
export function markGuarded(directory: string): void {
  writeFileSync(join(directory, markerName), "");
}

/** Names the process that leads the instance's group. */
export function nameLeader(directory: string, pid: number): void {
  writeFileSync(join(directory, leaderName), `${pid}\n`);
}

/** The leader has ended, and its number may soon be another's. */
export function forgetLeader(directory: string): void {
  removeFile(join(directory, leaderName));
}

/**
 * What a plugin does before any code of its own: its host may have died before it could name this process.
 * @returns false when the host has gone
 */
export function joinGuard(directory: string): boolean {
  try {
    writeFileSync(join(directory, leaderName), `${process.pid}\n`, { flag: "wx" });
  } catch (error) {
    if (errorCode(error) !== "EEXIST") return false;
  }
  return existsSync(join(directory, markerName));
}
