/** Whether an executable is the one that was meant: go-plugin's SecureConfig. Only of the file itself, not of what it loads. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { errorText } from "../../src/values/error-text.ts";
import { refusal, schema } from "../options/schema.ts";
import { LaunchError } from "../transport.ts";
import { type CommandContext, findExecutable } from "./executable.ts";

/** `sha256:` and 64 hexadecimal digits. */
export const checksumPattern = /^sha256:[0-9a-f]{64}$/i;

export const checksum = schema((value) =>
  typeof value === "string" && checksumPattern.test(value)
    ? { value: value.toLowerCase() }
    : refusal('expected "sha256:" and 64 hexadecimal digits'),
);

/** @throws LaunchError checksum-mismatch, also for a file that cannot be read */
export async function verifyChecksum(command: string, context: CommandContext, expected: string): Promise<void> {
  const hash = createHash("sha256");
  try {
    await pipeline(createReadStream(findExecutable(command, context) ?? command), hash);
  } catch (cause) {
    const reason = errorText(cause);
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
