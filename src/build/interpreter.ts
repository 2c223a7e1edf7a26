/** The first line of a bundle: which program runs it, found without PATH and without any setting of the folder it is started in. */
import { type RuntimeName, runtimeName } from "../values/platform.ts";
import { isMissing, runProgram } from "./run-program.ts";

/** Linux cuts off what is longer. */
const maxLineBytes = 255;

/** What each runtime would otherwise read of the folder that a host happens to be in: `.env`, its own config, a lock file. */
const flags: Readonly<Record<RuntimeName, readonly string[]>> = {
  bun: ["--no-env-file", "--no-install", "--config=/dev/null"],
  node: [],
  deno: ["run", "--allow-all", "--no-lock", "--no-config", "--quiet", "--ext=js"],
};

/** @throws Error when there is no such runtime on PATH, or a line cannot name it */
export async function interpreterLine(runtime: RuntimeName): Promise<string> {
  const path = await pathOf(runtime);
  // A system takes all that comes after the program for one word; env takes it apart.
  const words = flags[runtime].length === 0 ? [path] : ["/usr/bin/env", "-S", path, ...flags[runtime]];
  const line = `#!${words.join(" ")}\n`;
  if (/\s/.test(path) || Buffer.byteLength(line) > maxLineBytes) {
    throw new Error(`no interpreter line can name ${path}: it must be short and without spaces`);
  }
  return line;
}

/** The runtime's own file: what PATH has may be a script that looks for it, and needs PATH for that. */
async function pathOf(runtime: RuntimeName): Promise<string> {
  if (runtime === runtimeName) return process.execPath;
  const args = runtime === "deno" ? ["eval", "console.log(Deno.execPath())"] : ["-p", "process.execPath"];
  try {
    const { code, stdout, stderr } = await runProgram(runtime, args, { cwd: "/" });
    if (code === 0) return stdout.trim();
    throw new Error(`${runtime} does not say where it is: ${stderr.trim().split("\n").at(-1)}`);
  } catch (error) {
    if (isMissing(error)) throw new Error(`there is no ${runtime} on the PATH`, { cause: error });
    throw error;
  }
}
