/** Runs a node until it is told to end: what `loopp node` does. */

import { settleWithin } from "../../transports/time/settle.ts";
import { LaunchError } from "../../transports/transport.ts";
import { transportKinds } from "../runtime/built-in-transports.ts";
import { ConfigError, printableError } from "../settings/mistakes.ts";
import { readVariable } from "../settings/variables.ts";
import { hostPort } from "../values/host-port.ts";
import { printable } from "../values/printable.ts";
import { flagsHelp, type NodeFlags, parseFlags } from "./config/flags.ts";
import { jobsOf } from "./config/jobs.ts";
import { loadConfig } from "./config/load.ts";
import { commandVariable } from "./config/plugins/variables.ts";
import { createDevnet, type Devnet } from "./devnet/devnet.ts";
import { formatRound } from "./feed/rounds.ts";
import { type RunningNode, startNode } from "./node.ts";
import { kindNames } from "./plugins/kinds.ts";

/** How long a graceful end may take before the process ends anyway. */
const endWithinMs = 2500;

export async function runNode(args: readonly string[]): Promise<number> {
  const ended = Promise.withResolvers<void>();
  // Before anything starts: a Ctrl-C during the start must end the node gracefully, too.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => ended.resolve());
  try {
    const flags = parseFlags(args);
    if (flags.help) {
      process.stdout.write(flagsHelp);
      return 0;
    }
    const devnet =
      flags.config === undefined && flags.jobs.length === 0 ? await createDevnet(commandsOf(process.env)) : undefined;
    await using _devnet = devnet ?? { async [Symbol.asyncDispose]() {} };
    const starting = start(flags, devnet);
    const node = await Promise.race([starting, ended.promise]);
    if (node === undefined) {
      process.stdout.write("ending\n");
      void starting.then((late) => late.close()).catch(() => {});
      return 0;
    }
    sayWhatRuns(node, devnet !== undefined);
    await ended.promise;
    process.stdout.write("ending\n");
    const { error } = await settleWithin(node.close(), endWithinMs);
    if (error !== undefined) throw error;
    return 0;
  } catch (error) {
    if (!isExpected(error)) throw error;
    process.stderr.write(`${printableError(error)}\n`);
    return error instanceof ConfigError ? 2 : 1;
  }
}

/** The plugin kinds that the environment names a command for. */
function commandsOf(env: NodeJS.ProcessEnv): ReadonlySet<string> {
  return new Set(kindNames.filter((kind) => readVariable(env, commandVariable(kind)) !== undefined));
}

async function start(flags: NodeFlags, devnet: Devnet | undefined): Promise<RunningNode> {
  const effective = devnet === undefined ? flags : { ...flags, config: devnet.configFile };
  const config = loadConfig({ flags: effective, env: process.env, transports: transportKinds });
  const jobs = jobsOf(config);
  return startNode({ config, jobs, onRound: (round) => process.stdout.write(`${formatRound(round)}\n`) });
}

function sayWhatRuns({ runtime, feeds, http }: RunningNode, isDevnet: boolean): void {
  if (isDevnet) {
    process.stdout.write("devnet: a simulated chain, one oracle, and recorded sample prices (not market data)\n");
  }
  for (const { status } of runtime.plugins.values()) {
    const { name, transport, state, pid, threadId } = status;
    const where = pid !== undefined ? ` (pid ${pid})` : threadId !== undefined ? ` (thread ${threadId})` : "";
    const trouble = state === "ready" ? "" : `, ${state}`;
    process.stdout.write(`${printable(`plugin ${name}: ${transport}${where}${trouble}`)}
`);
  }
  if (feeds.length === 0) process.stdout.write("no jobs: only the HTTP server runs\n");
  process.stdout.write(`http://${hostPort(http.host, http.port)}/\n`);
}

/** Errors that the user can fix: they are printed as one sentence, without a stack. */
function isExpected(error: unknown): error is Error {
  return error instanceof ConfigError || error instanceof LaunchError || (error instanceof Error && "code" in error);
}
