/** `loopp install <plugin>`: builds one of Chainlink's own plugins, and prints the variable that gives it to the node. */
import { writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { installLoopp } from "../build/install-loopp.ts";
import { type Loopp, loopps, programOf, quote, scriptOf } from "../build/loopps.ts";
import { commandVariable } from "../node/config/plugins/variables.ts";
import { readArguments } from "../settings/arguments.ts";
import { printableError } from "../settings/mistakes.ts";

const names = Object.keys(loopps).join(", ");

const help = `Usage: loopp install [plugin ...] [options]

Builds Chainlink's own plugins with Go, in the versions that this package is tested with:

${tableOf(loopps)}
  --dir DIR         the folder for the programs; else $GOBIN, else ~/.local/bin
  --variables FILE  a file for the variables of what was installed, a NAME=program each
  --dry-run         prints what it would run, as a shell script, and runs nothing
  --help            this text

A plugin that cannot be built does not stop the others; the exit code is then 1.
`;

export async function installCommand(args: readonly string[]): Promise<number> {
  try {
    const { options, operands } = readArguments(args, {
      dir: { example: "./bin" },
      variables: { example: "./loopps.env" },
      "dry-run": {},
      help: {},
    });
    if (options.help || operands.length === 0) {
      process.stdout.write(options.help ? help : tableOf(loopps));
      return 0;
    }
    const folder = resolve(options.dir ?? (process.env.GOBIN || join(homedir(), ".local/bin")));
    const chosen = operands.map((name) => [name, looppOf(name)] as const);
    const installed = new Map<string, string>();
    for (const [name, loopp] of chosen) {
      const program = await install(name, loopp, folder, options["dry-run"] === true);
      if (program !== undefined) installed.set(commandVariable(name), program);
    }
    if (options.variables !== undefined && options["dry-run"] !== true) {
      writeFileSync(
        options.variables,
        [...installed].map(([variable, program]) => `${variable}=${program}\n`).join(""),
      );
    }
    return installed.size === chosen.length ? 0 : 1;
  } catch (error) {
    process.stderr.write(`${printableError(error)}\n`);
    return 2;
  }
}

/** @returns the program; `undefined` where it could not be built, which is then said */
async function install(name: string, loopp: Loopp, folder: string, dryRun: boolean): Promise<string | undefined> {
  process.stdout.write(scriptOf(loopp, folder));
  try {
    const program = dryRun ? join(folder, programOf(loopp)) : await installLoopp(loopp, folder);
    process.stdout.write(`# The node runs it when it is started with ${commandVariable(name)}=${quote(program)}\n`);
    return program;
  } catch (error) {
    process.stderr.write(`Cannot install "${name}": ${printableError(error)}\n`);
    return undefined;
  }
}

function looppOf(name: string): Loopp {
  const loopp = Object.hasOwn(loopps, name) ? loopps[name] : undefined;
  if (loopp === undefined) throw new RangeError(`Cannot install "${name}": only ${names} are known`);
  return loopp;
}

function tableOf(all: Readonly<Record<string, Loopp>>): string {
  const rows = Object.entries(all).map(([name, loopp]) => [
    name,
    commandVariable(name),
    `${loopp.module}/${loopp.main}@${loopp.version}`,
  ]);
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map(([name = "", variable = "", source = ""]) => {
    return `  ${name.padEnd(widths[0] ?? 0)}  ${variable.padEnd(widths[1] ?? 0)}  ${source}\n`;
  });
  return lines.join("");
}
