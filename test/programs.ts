/** Runs programs as a user would: with the runtimes that the packages bring, and without the settings of whoever runs the tests. */
import { spawn } from "node:child_process";
import { delimiter } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../", import.meta.url));

/** The commands of the development dependencies, which include the three runtimes. */
export const tools = fileURLToPath(new URL("../node_modules/.bin", import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd: string;
  /** Beside the environment of the tests. */
  readonly env?: Readonly<Record<string, string>>;
  /** Ends the program by SIGTERM once its standard output matches. */
  readonly until?: RegExp;
}

/** Resolves with whatever came of it. @throws Error when the program cannot be started */
export function run(command: string, args: readonly string[], { cwd, env, until }: RunOptions): Promise<Ran> {
  const child = spawn(command, args, { cwd, env: { ...environment(), ...env }, stdio: ["ignore", "pipe", "pipe"] });
  const output = { stdout: "", stderr: "" };
  let asked = false;
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (chunk: string) => {
      output[name] += chunk;
      if (asked || until?.test(output.stdout) !== true) return;
      asked = true;
      // By the process id: on Deno, a signal sent through the child object stands as the way that the child ended.
      if (child.pid !== undefined) process.kill(child.pid, "SIGTERM");
    });
  }
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, ...output }));
  });
}

/** The same, and what it printed. @throws Error with that, when the program ends with anything but 0 */
export async function succeed(command: string, args: readonly string[], options: RunOptions): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, options);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}:\n${stdout}${stderr}`);
  return stdout;
}

function environment(): NodeJS.ProcessEnv {
  const foreign = /^(CL_|LOOPP_|PLUGIN_|VITEST|NODE_OPTIONS|NODE_ENV)/;
  const kept = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  return { ...Object.fromEntries(kept), PATH: `${tools}${delimiter}${process.env.PATH ?? ""}` };
}
