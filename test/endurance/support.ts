/** Runs the programs of this folder, each in a process of its own: what the tests' runner holds and does must not count. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { runtimeName } from "../../src/values/platform.ts";
import { full } from "../full.ts";

/** What a program says in its last line. */
export async function runProgram<Result>(
  name: string,
  args: readonly (string | number)[],
  env: Readonly<Record<string, string>> = {},
): Promise<Result> {
  const file = fileURLToPath(new URL(`./programs/${name}`, import.meta.url));
  const flags = {
    bun: [],
    node: ["--expose-gc"],
    deno: ["run", "--allow-all", "--no-lock", "--v8-flags=--expose-gc"],
  }[runtimeName];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, file, ...args.map(String)], {
    env: { ...process.env, ...env },
    // A test that is given up must not leave its program running.
    ...(full ? {} : { timeout: 58_000, killSignal: "SIGKILL" as const }),
  });
  const result = stdout.trim().split("\n").at(-1) ?? "";
  if (full) console.log(args.join(" "), result);
  return JSON.parse(result);
}
