/** The node's command line. */
import { logLevels } from "../../../transports/logs/log.ts";
import type { LogLevel } from "../../../transports/plugin.ts";
import { transportKinds } from "../../runtime/built-in-transports.ts";
import { argumentMistake, readArguments, refuseOperands } from "../../settings/arguments.ts";
import { hostName } from "../../settings/fields.ts";
import { type Mistake, throwMistakes } from "../../settings/mistakes.ts";
import { defined } from "../../values/defined.ts";
import { namePattern } from "../../values/name.ts";
import { maxPort, parsePort } from "../../values/port.ts";
import { describe } from "../../values/text.ts";
import { type LogConfig, logFormats } from "./log.ts";

export interface NodeFlags {
  readonly config?: string;
  /** Transport by the name of a plugin or a plugin kind. */
  readonly transports: ReadonlyMap<string, string>;
  readonly httpHost?: string;
  readonly httpPort?: number;
  readonly jobs: readonly string[];
  readonly logLevel?: LogLevel;
  readonly logFormat?: LogConfig["format"];
  readonly help: boolean;
}

export const flagsHelp = `Usage: loopp node [options]

  --config FILE          the config file, TOML
  --transport NAME=KIND  where a plugin runs: ${transportKinds.join(", ")}, or one of the config's
                         [transports]; NAME is a kind (median) or one plugin (median.btc-usd);
                         may be repeated
  --job FILE             a job spec, TOML; may be repeated; replaces the config's jobs
  --http-host HOST       where the HTTP server listens
  --http-port PORT       0 for any free port
  --log-level LEVEL      ${logLevels.join(", ")}
  --log-format FORMAT    ${logFormats.join(" or ")}
  --help                 this text
`;

/**
 * Reads the arguments after the program's name.
 * @throws ConfigError with every mistake
 */
export function parseFlags(argv: readonly string[]): NodeFlags {
  const mistakes: Mistake[] = [];
  const { options, operands } = readArguments(
    argv,
    {
      config: { example: "node.toml" },
      transport: { example: "median=worker", repeatable: true },
      job: { example: "job.toml", repeatable: true },
      "http-host": { example: "127.0.0.1" },
      "http-port": { example: "6688" },
      "log-level": { example: "info" },
      "log-format": { example: "json" },
      help: {},
    },
    mistakes,
  );
  refuseOperands(operands, mistakes);
  const flags = defined({
    config: options.config,
    transports: readTransports(options.transport ?? [], mistakes),
    jobs: options.job ?? [],
    httpHost: readHost(options["http-host"], mistakes),
    httpPort: readPort(options["http-port"], mistakes),
    logLevel: readOneOf("--log-level", logLevels, options["log-level"], mistakes),
    logFormat: readOneOf("--log-format", logFormats, options["log-format"], mistakes),
    help: options.help ?? false,
  });
  throwMistakes(mistakes);
  return flags;
}

function readTransports(values: readonly string[], mistakes: Mistake[]): Map<string, string> {
  const transports = new Map<string, string>();
  const mistake = (message: string) => mistakes.push(argumentMistake("--transport", message));
  for (const value of values) {
    const [name = "", kind = "", ...more] = value.split("=");
    if (!namePattern.test(name) || kind === "" || more.length > 0) {
      mistake(`Expected NAME=KIND such as median=worker, got ${describe(value)}`);
    } else if (transports.has(name) && transports.get(name) !== kind) {
      mistake(`"${name}" is given two transports, "${transports.get(name)}" and "${kind}"`);
    } else transports.set(name, kind);
  }
  return transports;
}

function readHost(value: string | undefined, mistakes: Mistake[]): string | undefined {
  if (value === undefined) return undefined;
  const { data, error } = hostName().safeParse(value);
  for (const { message } of error?.issues ?? []) mistakes.push(argumentMistake("--http-host", message));
  return data;
}

function readPort(value: string | undefined, mistakes: Mistake[]): number | undefined {
  if (value === undefined) return undefined;
  const port = parsePort(value, 0);
  if (port === undefined) {
    mistakes.push(argumentMistake("--http-port", `Expected a port from 0 to ${maxPort}, got ${describe(value)}`));
  }
  return port;
}

function readOneOf<T extends string>(
  flag: string,
  allowed: readonly T[],
  value: string | undefined,
  mistakes: Mistake[],
): T | undefined {
  const found = allowed.find((one) => one === value);
  if (value !== undefined && found === undefined) {
    mistakes.push(argumentMistake(flag, `Expected one of ${allowed.join(", ")}, got ${describe(value)}`));
  }
  return found;
}
