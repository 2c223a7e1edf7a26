/** Whether there are file descriptors for a thread: Bun and Deno end the whole process where a thread finds none while it starts. */
import { closeSync, openSync } from "node:fs";
import { devNull } from "node:os";
import { errorText } from "../../src/values/error-text.ts";
import { LaunchError } from "../transport.ts";

/** More than a thread holds while it loads its modules. */
const needed = 32;

/** @throws LaunchError where there are too few, with the system's error as its cause */
export function checkDescriptors(): void {
  const opened: number[] = [];
  try {
    while (opened.length < needed) opened.push(openSync(devNull, "r"));
  } catch (cause) {
    throw new LaunchError("launch-failed", `Cannot start a thread: ${errorText(cause)}`, { cause });
  } finally {
    for (const descriptor of opened) closeSync(descriptor);
  }
}
