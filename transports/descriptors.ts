/**
 * Whether there are file descriptors for a plugin that is to be started. Where there are none, runtimes do worse than to say so: Bun and
 * Deno end the whole process when a thread finds none, Deno also when a program is to be started, and Bun does not name the reason.
 */
import { closeSync, openSync } from "node:fs";
import { devNull } from "node:os";
import { errorText } from "../src/values/error-text.ts";
import { LaunchError } from "./transport.ts";

/** More than a launch needs: pipes and sockets of a process, or the modules that a thread loads. */
const needed = 32;

/** @throws LaunchError where there are too few, with the system's error as its cause */
export function checkDescriptors(): void {
  const opened: number[] = [];
  try {
    while (opened.length < needed) opened.push(openSync(devNull, "r"));
  } catch (cause) {
    throw new LaunchError("launch-failed", `Cannot start the plugin: ${errorText(cause)}`, { cause });
  } finally {
    for (const descriptor of opened) closeSync(descriptor);
  }
}
