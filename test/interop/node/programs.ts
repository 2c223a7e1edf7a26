/** Programs that are run to their end. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** How long one may take: far above what any does. */
const limitMs = 25 * 60_000;

/** What it wrote to standard output. @throws Error with what it wrote to standard error when it fails */
export async function run(
  [program, ...args]: readonly [program: string, ...args: string[]],
  input = "",
): Promise<string> {
  const running = promisify(execFile)(program, args, {
    maxBuffer: 64 * 1024 * 1024,
    timeout: limitMs,
    killSignal: "SIGKILL",
  });
  running.child.stdin?.end(input);
  return (await running).stdout;
}
