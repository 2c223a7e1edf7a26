/** The first line of a bundle: the program that runs it, independent of PATH and of settings in the current folder. */
import { type RuntimeName, runtimeName } from "../values/platform.ts";
import { isMissing, runProgram } from "./run-program.ts";

/** Linux cuts off a longer line. */
const maxLineBytes = 255;

/** Keep each runtime from reading files of the host's current folder: `.env`, the runtime's config, a lock file. */
const flags: Readonly<Record<RuntimeName, readonly string[]>> = {
  bun: ["--no-env-file", "--no-install", "--config=/dev/null"],
  node: [],
  deno: ["run", "--allow-all", "--no-lock", "--no-config", "--quiet", "--ext=js"],
};

/** @throws Error when there is no such runtime on PATH, or a line cannot name it */
export async function interpreterLine(runtime: RuntimeName): Promise<string> {
  const path = await pathOf(runtime);
  // The system passes everything after the program as one argument; env -S splits it.
  const words = flags[runtime].length === 0 ? [path] : ["/usr/bin/env", "-S", path, ...flags[runtime]];
  const line = `#!${words.join(" ")}\n`;
  if (/\s/.test(path) || Buffer.byteLength(line) > maxLineBytes) {
    throw new Error(`no interpreter line can name ${path}: it must be short and without spaces`);
  }
  return line;
}

/** The runtime's executable itself: the one on PATH may be a script that needs PATH to find it. */
async function pathOf(runtime: RuntimeName): Promise<string> {
  if (runtime === runtimeName) return process.execPath;
  const args = runtime === "deno" ? ["eval", "console.log(Deno.execPath())"] : ["-p", "process.execPath"];
  try {
    const { code, stdout, stderr } = await runProgram(runtime, args, { cwd: "/" });
    if (code === 0) return stdout.trim();
    throw new Error(`${runtime} does not report its path: ${stderr.trim().split("\n").at(-1)}`);
  } catch (error) {
    if (isMissing(error)) throw new Error(`there is no ${runtime} on the PATH`, { cause: error });
    throw error;
  }
}
