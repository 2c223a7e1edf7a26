/** Whether an executable is the one that was meant: go-plugin's SecureConfig. Only of the file itself, not of what it loads. */
import { createHash } from "node:crypto";
import { accessSync, constants, createReadStream } from "node:fs";
import { delimiter, join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Check } from "../options.ts";
import { LaunchError } from "../transport.ts";

/** `sha256:` and 64 hexadecimal digits. */
export const checksum: Check<string> = (value, path) => {
  if (typeof value !== "string" || !/^sha256:[0-9a-f]{64}$/i.test(value)) {
    throw new TypeError(`${path}: expected "sha256:" and 64 hexadecimal digits`);
  }
  return value.toLowerCase();
};

/** @throws LaunchError checksum-mismatch, also for a file that cannot be read */
export async function verifyChecksum(command: string, expected: string): Promise<void> {
  const hash = createHash("sha256");
  try {
    await pipeline(createReadStream(findExecutable(command) ?? command), hash);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LaunchError("checksum-mismatch", `Cannot check "${command}": ${reason}`, { cause });
  }
  const found = `sha256:${hash.digest("hex")}`;
  if (found !== expected) {
    throw new LaunchError(
      "checksum-mismatch",
      `Cannot run "${command}": its checksum is ${found}, expected ${expected}`,
    );
  }
}

/** The file that a command means, as the system would find it. */
function findExecutable(command: string): string | undefined {
  if (command.includes("/")) return command;
  const candidates = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, command));
  return candidates.find((candidate) => {
    try {
      accessSync(candidate, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
