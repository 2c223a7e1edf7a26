/**
 * What the thread loads: Piscina calls the function that its task names. Piscina `require`s this file, and Bun 1.4 keeps 20 KB of what
 * was required that way when its thread is gone, but nothing of what was imported; so this file is all that is required.
 */
import { keepCompiled } from "../loading/compile-cache.ts";
import type { WorkerTask } from "./guest.ts";

export async function runGuest(task: WorkerTask): Promise<string | undefined> {
  keepCompiled();
  const guest = await import("./guest.ts");
  return guest.runGuest(task);
}
