/** `loopp config`: shows every effective value with its origin. Takes the node's own options. */

import { flagsHelp, parseFlags } from "../node/config/flags.ts";
import { jobsOf } from "../node/config/jobs.ts";
import { loadConfig } from "../node/config/load.ts";
import { formatConfig } from "../node/config/show.ts";
import { transportKinds } from "../runtime/built-in-transports.ts";
import { ConfigError, printableError } from "../settings/mistakes.ts";

export async function configCommand(args: readonly string[]): Promise<number> {
  try {
    const flags = parseFlags(args);
    if (flags.help) {
      process.stdout.write(flagsHelp.replace("loopp node", "loopp config"));
      return 0;
    }
    const config = loadConfig({ flags, env: process.env, transports: transportKinds });
    const jobs = jobsOf(config);
    const names = [...config.chains.map(({ plugin }) => plugin), ...jobs.map(({ plugin }) => plugin)];
    process.stdout.write(names.length === 0 ? formatConfig(config) : formatConfig(config, names));
    return 0;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${printableError(error)}\n`);
    return 2;
  }
}
