/** The node's command line. */
import { parseArgs } from "node:util";
import { transportKinds } from "../../runtime/built-in-transports.ts";
import { describe } from "../../settings/fields.ts";
import { ConfigError, type Mistake } from "../../settings/mistakes.ts";
import { namePattern } from "../../values/name.ts";
import { type LogLevelName, logLevels } from "./schema.ts";

export interface NodeFlags {
  readonly config?: string;
  /** Transport by the name of a plugin or a kind of plugins. */
  readonly transports: ReadonlyMap<string, string>;
  readonly httpHost?: string;
  readonly httpPort?: number;
  readonly jobs: readonly string[];
  readonly logLevel?: LogLevelName;
  readonly help: boolean;
}

export const flagsHelp = `Usage: loopp node [options]

  --config FILE          the config file, TOML
  --transport NAME=KIND  where a plugin runs: ${transportKinds.join(", ")}, or one of the config's
                         [transports]; NAME is a kind (median) or one plugin (median.btc-usd);
                         may be repeated
  --job FILE             a job spec, TOML; may be repeated; takes the place of the config's jobs
  --http-host HOST       where the HTTP server listens
  --http-port PORT       0 for any free port
  --log-level LEVEL      ${logLevels.join(", ")}
  --help                 this text
`;

const options = {
  config: { type: "string" },
  transport: { type: "string" },
  "http-host": { type: "string" },
  "http-port": { type: "string" },
  job: { type: "string" },
  "log-level": { type: "string" },
  help: { type: "boolean" },
} as const;
const repeatable = ["transport", "job"];

/**
 * Reads the arguments after the program's name.
 * @throws ConfigError with every mistake
 */
export function parseFlags(argv: readonly string[]): NodeFlags {
  const mistakes: Mistake[] = [];
  const mistake = (flag: string, message: string) => {
    mistakes.push({ origin: { kind: "flag", flag }, key: "", message });
  };
  const given = new Map<string, string[]>();
  // Not strict: the runtimes' own sentences differ. What is wrong is seen from the tokens.
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true });
  for (const token of tokens) {
    if (token.kind === "positional") mistake(describe(token.value), "It is not an option: options begin with --");
    if (token.kind !== "option") continue;
    const flag = token.rawName;
    if (!Object.hasOwn(options, token.name)) {
      mistake(flag, "There is no such option; --help lists them");
    } else if (token.name === "help") {
      if (token.value !== undefined) mistake(flag, "It takes no value");
      given.set("help", []);
    } else if (token.value === undefined || token.value === "" || isNextFlag(token.value, token.inlineValue)) {
      mistake(flag, `It needs a value: ${flag} ${example[token.name as keyof typeof example]}`);
    } else if (given.has(token.name) && !repeatable.includes(token.name)) {
      mistake(flag, "It is given twice");
    } else given.set(token.name, [...(given.get(token.name) ?? []), token.value]);
  }

  const transports = readTransports(given.get("transport") ?? [], mistake);
  const [config] = given.get("config") ?? [];
  const [httpHost] = given.get("http-host") ?? [];
  const httpPort = readPort(given.get("http-port")?.[0], mistake);
  const logLevel = readLogLevel(given.get("log-level")?.[0], mistake);
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return {
    transports,
    jobs: given.get("job") ?? [],
    help: given.has("help"),
    ...(config === undefined ? {} : { config }),
    ...(httpHost === undefined ? {} : { httpHost }),
    ...(httpPort === undefined ? {} : { httpPort }),
    ...(logLevel === undefined ? {} : { logLevel }),
  };
}

const example = {
  config: "node.toml",
  transport: "median=worker",
  "http-host": "127.0.0.1",
  "http-port": "6688",
  job: "job.toml",
  "log-level": "info",
};

/** `--config --help` forgot its value. */
function isNextFlag(value: string, inline: boolean | undefined): boolean {
  return inline !== true && value.startsWith("--");
}

type Note = (flag: string, message: string) => void;

function readTransports(values: readonly string[], mistake: Note): Map<string, string> {
  const transports = new Map<string, string>();
  for (const value of values) {
    const [name = "", kind = "", ...more] = value.split("=");
    if (!namePattern.test(name) || kind === "" || more.length > 0) {
      mistake("--transport", `Expected NAME=KIND such as median=worker, got ${describe(value)}`);
    } else if (transports.has(name) && transports.get(name) !== kind) {
      mistake("--transport", `"${name}" is given two transports, "${transports.get(name)}" and "${kind}"`);
    } else transports.set(name, kind);
  }
  return transports;
}

function readPort(value: string | undefined, mistake: Note): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,5}$/.test(value) && Number(value) <= 65_535) return Number(value);
  mistake("--http-port", `Expected a port from 0 to 65535, got ${describe(value)}`);
  return undefined;
}

function readLogLevel(value: string | undefined, mistake: Note): LogLevelName | undefined {
  const found = logLevels.find((level) => level === value);
  if (value !== undefined && found === undefined) {
    mistake("--log-level", `Expected one of ${logLevels.join(", ")}, got ${describe(value)}`);
  }
  return found;
}
