/** The end of a plugin process's standard output, before the end of the process. */
import { closeSync, fstatSync, openSync, readdirSync } from "node:fs";
import { devNull } from "node:os";
import { runtimeName } from "../../src/values/platform.ts";

/**
 * Ends the pipe from which the host has read the handshake line. A host in Go that still reads it when the process has ended may find
 * it closed, and calls that an error.
 */
export function closeStdout(): void {
  try {
    const stdout = fileOf(1);
    // Bun has one more descriptor of it. (Where standard error is the same file, it stays.)
    const open = runtimeName !== "bun" || stdout === fileOf(2) ? [] : readdirSync("/proc/self/fd").map(Number);
    const copies = open.filter((fd) => fd > 2 && fileOf(fd) === stdout);
    for (const fd of [1, ...copies]) {
      closeSync(fd);
      // Its number must not become that of a file that something else opens.
      openSync(devNull, "w");
    }
  } catch {
    // It was closed, or this system has no such files: the end of the process closes it.
  }
}

/** What a descriptor leads to; `undefined` where it is not open. */
function fileOf(fd: number): string | undefined {
  try {
    const { dev, ino } = fstatSync(fd);
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}
