#!/usr/bin/env node
import { nodeCommand } from "../node/command.ts";
/** The `loopp` command. */
import { configCommand } from "./config.ts";
import { serveCommand } from "./serve.ts";
import { packageVersion } from "./version.ts";

const commands: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  node: nodeCommand,
  config: configCommand,
  serve: serveCommand,
};

const help = `Usage: loopp <command> [options]

  node      runs a node; without options, the devnet
  config    shows every effective value of a node's config and where it comes from
  serve     serves a plugin module as a process for any go-plugin host

loopp <command> --help says more; loopp --version says which this is.
`;

const [name = "", ...args] = process.argv.slice(2);
const command = commands[name];
if (command !== undefined) {
  void command(args).then((code) => process.exit(code));
} else if (name === "--version") {
  process.stdout.write(`${packageVersion()}\n`);
} else {
  const asked = name === "--help" || name === "help";
  (asked ? process.stdout : process.stderr).write(
    name === "" || asked ? help : `There is no command "${name}"\n\n${help}`,
  );
  process.exitCode = asked ? 0 : 2;
}
