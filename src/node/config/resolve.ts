/**
 * The node's effective configuration: flags before the environment, the environment before the file, the file before the
 * defaults. Whatever is wrong in any of them is found in one go.
 */
import { readdirSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { productsOf } from "../../jobs/products.ts";
import { checkDocument, mistakeAt } from "../../settings/check.ts";
import { readHostVariable } from "../../settings/host-variable.ts";
import { collect, defaultOrigin, inOrder, type Mistake, type Origin, throwMistakes } from "../../settings/mistakes.ts";
import { formatPath, parseToml, readToml, type TomlDocument, type TomlPath } from "../../settings/toml.ts";
import { namePattern } from "../../values/name.ts";
import { describe } from "../../values/text.ts";
import { type ChainConfig, checkSimulatedChains, readChains } from "./chains.ts";
import type { NodeFlags } from "./flags.ts";
import { type LoopSettings, readLoopSettings } from "./loop-settings.ts";
import type { Ocr2Config } from "./ocr2.ts";
import { readOcr2 } from "./ocr2.ts";
import { readPluginSettings } from "./plugin-settings.ts";
import type { PluginSettings } from "./plugin-types.ts";
import { defaultPluginKinds } from "./plugins.ts";
import { createFileSchema, type FileConfig, type LogLevelName } from "./schema.ts";
import { ownTransportKinds, readOwnTransports } from "./transports.ts";

export interface LoadConfigOptions {
  readonly flags: NodeFlags;
  /** Usually `process.env`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The transports that the node has; a config file may add some. */
  readonly transports: readonly string[];
  /** The kinds of plugins that there are, beside the products that jobs name. Default: {@link defaultPluginKinds}. */
  readonly kinds?: readonly string[];
  /** What relative paths of flags and environment start from. Default: the working directory. */
  readonly directory?: string;
}

export interface NodeConfig {
  /** The config file, if there is one. */
  readonly file?: string;
  readonly http: HttpConfig;
  readonly log: { readonly level: LogLevelName };
  /** Job specs, as absolute paths. */
  readonly jobs: readonly string[];
  /** URLs of modules with transports of the user's own, by kind. */
  readonly transports: Readonly<Record<string, string>>;
  /** Adapter URLs by name. */
  readonly bridges: Readonly<Record<string, string>>;
  readonly pipeline: PipelineConfig;
  readonly ocr2: Ocr2Config;
  /** What plugins in other languages are told by their environment. */
  readonly loop: LoopSettings;
  readonly chains: readonly ChainConfig[];
  /** For {@link resolvePlugin}. */
  readonly plugins: PluginSettings;
  /** Where every value came from, by its dotted name: `http.port`, `bridges.widget`, `ocr2.minMaxDurationQueryMs`. */
  readonly origins: ReadonlyMap<string, Origin>;
}

export interface HttpConfig {
  readonly host: string;
  readonly port: number;
  /** Host name that `/discovery` publishes, where somebody has set one. */
  readonly discoveryHost?: string;
}

/** Fits the data source's environment options. */
export interface PipelineConfig {
  readonly maxRunDurationMs: number;
  readonly requestTimeoutMs: number;
  readonly maxBodyBytes: number;
  readonly allowLocalAddresses: boolean;
}

const defaultHttp: HttpConfig = { host: "127.0.0.1", port: 6688 };
const defaultPipeline: PipelineConfig = {
  maxRunDurationMs: 600_000,
  requestTimeoutMs: 15_000,
  maxBodyBytes: 32 * 1024,
  allowLocalAddresses: false,
};
const discoveryHostVariable = "CL_PROMETHEUS_DISCOVERY_HOSTNAME";

/**
 * Reads the config file and everything that takes precedence over it.
 * @throws ConfigError with every mistake
 */
export function loadConfig(options: LoadConfigOptions): NodeConfig {
  const { flags, env } = options;
  const cwd = options.directory ?? process.cwd();
  const directory = flags.config === undefined ? cwd : dirname(resolve(cwd, flags.config));
  const mistakes: Mistake[] = [];
  const origins = new Map<string, Origin>();

  const document = readConfigFile(flags.config, cwd, mistakes);
  const transports = [...new Set([...options.transports, ...ownTransportKinds(document)])];
  const checked = checkDocument(document, createFileSchema(transports));
  mistakes.push(...checked.mistakes);
  const file: FileConfig = checked.value;

  /** What a flag says, else the file, else the default. */
  function pick<T>(name: string, path: TomlPath, written: T | undefined, fallback: T, flag?: string, flagged?: T): T {
    const inFile = written === undefined ? defaultOrigin : document.originOf(path);
    origins.set(name, flag === undefined || flagged === undefined ? inFile : { kind: "flag", flag });
    return flagged ?? written ?? fallback;
  }

  const { http, log, pipeline } = file;
  const jobs = findJobFiles(options, file.jobs, document, directory, origins, mistakes);
  const config: NodeConfig = {
    http: {
      host: pick("http.host", ["http", "host"], http?.host, defaultHttp.host, "--http-host", flags.httpHost),
      port: pick("http.port", ["http", "port"], http?.port, defaultHttp.port, "--http-port", flags.httpPort),
      ...readDiscoveryHost(env, origins, mistakes),
    },
    log: { level: pick("log.level", ["log", "level"], log?.level, "info", "--log-level", flags.logLevel) },
    jobs,
    transports: readOwnTransports(file.transports, options.transports, document, directory, origins, mistakes),
    bridges: readBridges(file.bridges, document, origins, mistakes),
    pipeline: {
      maxRunDurationMs: pick(
        "pipeline.maxRunDurationMs",
        ["pipeline", "maxRunDuration"],
        pipeline?.maxRunDuration,
        defaultPipeline.maxRunDurationMs,
      ),
      requestTimeoutMs: pick(
        "pipeline.requestTimeoutMs",
        ["pipeline", "requestTimeout"],
        pipeline?.requestTimeout,
        defaultPipeline.requestTimeoutMs,
      ),
      maxBodyBytes: pick(
        "pipeline.maxBodyBytes",
        ["pipeline", "maxBodyBytes"],
        pipeline?.maxBodyBytes,
        defaultPipeline.maxBodyBytes,
      ),
      allowLocalAddresses: pick(
        "pipeline.allowLocalAddresses",
        ["pipeline", "allowLocalAddresses"],
        pipeline?.allowLocalAddresses,
        defaultPipeline.allowLocalAddresses,
      ),
    },
    ocr2: readOcr2(file.OCR2, document, env, origins, mistakes),
    loop: readLoopSettings(file, document, env, origins, mistakes),
    chains: readChains(file, document, mistakes),
    plugins: readPluginSettings(
      {
        sections: file.plugins,
        document,
        directory,
        flags: flags.transports,
        env,
        cwd,
        kinds: [...(options.kinds ?? defaultPluginKinds), ...productsOf(jobs)],
        transports,
      },
      mistakes,
    ),
    origins,
    ...(flags.config === undefined ? {} : { file: flags.config }),
  };
  checkSimulatedChains(config.chains, config.plugins, document, mistakes);
  throwMistakes(inOrder(mistakes));
  return config;
}

function readConfigFile(file: string | undefined, cwd: string, mistakes: Mistake[]): TomlDocument {
  const empty = parseToml("", file ?? "");
  return file === undefined ? empty : (collect(mistakes, () => readToml(resolve(cwd, file), file)) ?? empty);
}

function readDiscoveryHost(
  env: LoadConfigOptions["env"],
  origins: Map<string, Origin>,
  mistakes: Mistake[],
): Pick<HttpConfig, "discoveryHost"> {
  const discoveryHost = readHostVariable(env, discoveryHostVariable, mistakes);
  if (discoveryHost === undefined) return {};
  origins.set("http.discoveryHost", { kind: "environment", variable: discoveryHostVariable });
  return { discoveryHost };
}

/** Jobs of the command line take the place of those of the file. */
function findJobFiles(
  { flags, directory: cwd = process.cwd() }: LoadConfigOptions,
  section: FileConfig["jobs"],
  document: TomlDocument,
  directory: string,
  origins: Map<string, Origin>,
  mistakes: Mistake[],
): string[] {
  if (flags.jobs.length > 0) {
    origins.set("jobs", { kind: "flag", flag: "--job" });
    return [...new Set(flags.jobs.map((job) => resolve(cwd, job)))];
  }
  origins.set("jobs", section === undefined ? defaultOrigin : document.originOf(["jobs"]));
  const found = (section?.files ?? []).map((job) => resolve(directory, job));
  if (section?.directory !== undefined) {
    const folder = resolve(directory, section.directory);
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) {
      const names = readdirSync(folder).filter((name) => name.endsWith(".toml"));
      found.push(...names.sort().map((name) => join(folder, name)));
    } else mistakes.push(mistakeAt(document, ["jobs", "directory"], `There is no directory ${describe(folder)}`));
  }
  return [...new Set(found)];
}

function readBridges(
  section: FileConfig["bridges"],
  document: TomlDocument,
  origins: Map<string, Origin>,
  mistakes: Mistake[],
): Record<string, string> {
  for (const name of Object.keys(section ?? {})) {
    const path = ["bridges", name];
    origins.set(formatPath(path), document.originOf(path));
    if (namePattern.test(name)) continue;
    mistakes.push(mistakeAt(document, path, "A bridge's name has letters, digits, dots, _ and - only"));
  }
  return section ?? {};
}
