/** Plugins that are executables, as foreign ones are: each instance writes down the environment that it was given. */
import { chmodSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface Command {
  /** What `CL_<KIND>_CMD` names. */
  readonly path: string;
  /** The environments of all instances until now, in any order. */
  environments(): Record<string, string>[];
}

const runtime = [process.execPath, ...("deno" in process.versions ? ["run", "--allow-all", "--no-lock"] : [])];
const cli = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

/** An executable in `folder` that serves the plugin of a module. */
export function writeCommand(folder: string, name: string, module: URL): Command {
  return writeScript(folder, name, `exec ${[...runtime, cli, "serve", fileURLToPath(module)].map(quoted).join(" ")}`);
}

/** An executable that runs a shell script, which need not be a plugin. */
export function writeScript(folder: string, name: string, script: string): Command {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\nenv > ${quoted(`${path}.env-`)}$$\n${script}\n`);
  chmodSync(path, 0o755);
  return {
    path,
    environments: () =>
      readdirSync(folder)
        .filter((file) => file.startsWith(`${name}.env-`))
        .map((file) => parseEnv(readFileSync(join(folder, file), "utf8"))),
  };
}

function parseEnv(text: string): Record<string, string> {
  return Object.fromEntries(text.split("\n").flatMap((line) => (line.includes("=") ? [splitOnce(line)] : [])));
}

function splitOnce(line: string): [string, string] {
  const at = line.indexOf("=");
  return [line.slice(0, at), line.slice(at + 1)];
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
