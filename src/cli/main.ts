#!/usr/bin/env node
/** The `loopp` command. A subcommand is loaded only when it is asked for: `serve` does not need the node. */
import { outliveReaders } from "../runtime/output.ts";
import { packageVersion } from "../values/package-version.ts";
import { printable } from "../values/printable.ts";

type Command = (args: readonly string[]) => Promise<number>;

const commands: Readonly<Record<string, () => Promise<Command>>> = {
  node: async () => (await import("./node.ts")).nodeCommand,
  config: async () => (await import("./config.ts")).configCommand,
  serve: async () => (await import("./serve.ts")).serveCommand,
  build: async () => (await import("./build.ts")).buildCommand,
  install: async () => (await import("./install.ts")).installCommand,
};

const help = `Usage: loopp <command> [options]

  node      runs a node; without options, the devnet
  config    shows every effective value of a node's config and where it comes from
  serve     serves a plugin module as a process for any go-plugin host
  build     makes one file of a plugin, which any go-plugin host can start as it is
  install   builds Chainlink's own plugins with Go and puts them where the node finds them

loopp <command> --help shows the options of a command; loopp --version shows the version.
`;

outliveReaders();
const [name = "", ...args] = process.argv.slice(2);
const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
if (command !== undefined) {
  const run = await command();
  process.exit(await run(args));
} else if (name === "--version") {
  process.stdout.write(`${packageVersion()}\n`);
} else {
  const asked = name === "--help" || name === "help";
  (asked ? process.stdout : process.stderr).write(
    name === "" || asked ? help : `There is no command "${printable(name)}"\n\n${help}`,
  );
  process.exitCode = asked ? 0 : 2;
}
