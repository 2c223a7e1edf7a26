/** Runs a node until it is told to end: what `loopp node` does. */

import { settleWithin } from "../../transports/time/settle.ts";
import { LaunchError } from "../../transports/transport.ts";
import { transportKinds } from "../runtime/built-in-transports.ts";
import { ConfigError } from "../settings/mistakes.ts";
import { hostPort } from "../values/host-port.ts";
import { flagsHelp, parseFlags } from "./config/flags.ts";
import { jobsOf } from "./config/jobs.ts";
import { loadConfig } from "./config/load.ts";
import { readCommands } from "./config/plugins/commands.ts";
import { createDevnet } from "./devnet/devnet.ts";
import { type RunningNode, startNode } from "./node.ts";
import { kindNames } from "./plugins/kinds.ts";
import { createPrinter, type Printer } from "./printer.ts";

/** How long a graceful end may take before the process ends anyway. */
const endWithinMs = 2500;

export async function runNode(args: readonly string[]): Promise<number> {
  const ended = Promise.withResolvers<void>();
  // Before anything starts: a Ctrl-C during the start must end the node gracefully, too.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => ended.resolve());
  // Until the config says otherwise.
  let printer = createPrinter({ level: "info", format: "text" });
  try {
    const flags = parseFlags(args);
    if (flags.help) {
      process.stdout.write(flagsHelp);
      return 0;
    }
    const devnet =
      flags.config === undefined && flags.jobs.length === 0 ? await createDevnet(commandsOf(process.env)) : undefined;
    await using _devnet = devnet ?? { async [Symbol.asyncDispose]() {} };
    const effective = devnet === undefined ? flags : { ...flags, config: devnet.configFile };
    const config = loadConfig({ flags: effective, env: process.env, transports: transportKinds });
    printer = createPrinter(config.log);
    const { log: onLog, round: onRound } = printer;
    const starting = startNode({ config, jobs: jobsOf(config), onLog, onRound });
    const node = await Promise.race([starting, ended.promise]);
    if (node === undefined) {
      printer.say("ending");
      void starting.then((late) => late.close()).catch(() => {});
      return 0;
    }
    sayWhatRuns(node, devnet !== undefined, printer);
    await ended.promise;
    printer.say("ending");
    const { error } = await settleWithin(node.close(), endWithinMs);
    if (error !== undefined) throw error;
    return 0;
  } catch (error) {
    if (!isExpected(error)) throw error;
    printer.fail(error);
    return error instanceof ConfigError ? 2 : 1;
  } finally {
    await printer.finish();
  }
}

/** The plugin kinds that the environment has a command for. What is wrong with it is told when the config is read. */
function commandsOf(env: NodeJS.ProcessEnv): ReadonlySet<string> {
  return new Set(readCommands(env, kindNames, process.cwd(), []).keys());
}

function sayWhatRuns({ runtime, feeds, http }: RunningNode, isDevnet: boolean, { say }: Printer): void {
  if (isDevnet) say("devnet: a simulated chain, one oracle, and recorded sample prices (not market data)");
  for (const { status } of runtime.plugins.values()) {
    const { name, transport, state, pid, threadId } = status;
    const where = pid !== undefined ? ` (pid ${pid})` : threadId !== undefined ? ` (thread ${threadId})` : "";
    const trouble = state === "ready" ? "" : `, ${state}`;
    say(`plugin ${name}: ${transport}${where}${trouble}`);
  }
  if (feeds.length === 0) say("no jobs: only the HTTP server runs");
  say(`http://${hostPort(http.host, http.port)}/`);
}

/** Errors that the user can fix: they are printed as one sentence, without a stack. */
function isExpected(error: unknown): error is Error {
  return error instanceof ConfigError || error instanceof LaunchError || (error instanceof Error && "code" in error);
}
