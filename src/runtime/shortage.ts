/** Whether a launch failed for want of something that the machine is short of: that passes, and says nothing of the plugin. */
import { errorCode, errorText } from "../values/error-text.ts";

/** What the system was asked for and did not have, by its name for the error. */
const shortages: Readonly<Record<string, string>> = {
  EMFILE: "file descriptors",
  ENFILE: "file descriptors",
  ENOMEM: "memory",
  EAGAIN: "processes or threads",
  ENOSPC: "disk space",
  EDQUOT: "disk space",
};

const named = new RegExp(`\\b(${Object.keys(shortages).join("|")})\\b`);

/** How far the causes of an error are followed. */
const deepest = 8;

/**
 * What the machine was short of, such as "file descriptors".
 * @returns `undefined` for an error that says nothing of the kind
 */
export function shortageIn(thrown: unknown): string | undefined {
  let error = thrown;
  for (let depth = 0; error !== undefined && depth < deepest; depth++) {
    // Where a thread or a module loader was refused, runtimes name the system's error in their text alone.
    const name = errorCode(error) ?? "";
    const found = shortages[name] ?? shortages[named.exec(errorText(error))?.[1] ?? ""];
    if (found !== undefined) return found;
    error = error instanceof Error ? error.cause : undefined;
  }
  return undefined;
}
