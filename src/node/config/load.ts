/**
 * The node's effective configuration: flags override the environment, the environment the file, and the file the defaults. The mistakes
 * of all of them are reported together.
 */

import { dirname, resolve } from "node:path";
import { productsOf } from "../../jobs/files.ts";
import { defaultRunSettings } from "../../pipeline/run-settings.ts";
import { collect, inOrder, type Mistake, throwMistakes } from "../../settings/mistakes.ts";
import { checkDocument } from "../../settings/schema.ts";
import { mistakeAt, parseToml, readToml, type TomlDocument } from "../../settings/toml.ts";
import type { Environment } from "../../settings/variables.ts";
import { namePattern } from "../../values/name.ts";
import { formatPath } from "../../values/path.ts";
import { kindNames } from "../plugins/kinds.ts";
import { checkBuiltInChains, readChains } from "./chains.ts";
import { readFeeds } from "./feeds.ts";
import type { NodeFlags } from "./flags.ts";
import { readHttp } from "./http.ts";
import { findJobs } from "./jobs.ts";
import { readLog } from "./log.ts";
import { readLoopSettings } from "./loop/settings.ts";
import { readOcr2 } from "./ocr2.ts";
import { readPluginSettings } from "./plugins/settings.ts";
import { type Reading, readSection } from "./reading.ts";
import { createFileSchema, type FileConfig } from "./schema.ts";
import { customTransportKinds, readCustomTransports } from "./transports.ts";
import type { NodeConfig } from "./types.ts";

export interface LoadConfigOptions {
  readonly flags: NodeFlags;
  /** Usually `process.env`. */
  readonly env: Environment;
  /** The transports that the node has; a config file may add some. */
  readonly transports: readonly string[];
  /** Directory that relative paths of flags and environment start from. Default: the working directory. */
  readonly directory?: string;
}

/**
 * Reads the config file, the job files, and the flags and variables that override the file.
 * @throws ConfigError with every mistake, except those in job files
 */
export function loadConfig(options: LoadConfigOptions): NodeConfig {
  const { flags, env, directory: cwd = process.cwd() } = options;
  const directory = flags.config === undefined ? cwd : dirname(resolve(cwd, flags.config));
  const mistakes: Mistake[] = [];
  const document = readConfigFile(flags.config, cwd, mistakes);
  const reading: Reading = { document, env, directory, cwd, origins: new Map(), mistakes };

  const transports = [...new Set([...options.transports, ...customTransportKinds(document)])];
  const checked = checkDocument(document, createFileSchema(transports));
  mistakes.push(...checked.mistakes);
  const file: FileConfig = checked.value;

  const jobs = findJobs(reading, file.jobs, flags.jobs);
  const config: NodeConfig = {
    http: readHttp(reading, file.http, flags),
    log: readLog(reading, file.log, { level: flags.logLevel, format: flags.logFormat }),
    jobs,
    transports: readCustomTransports(reading, file.transports, options.transports),
    bridges: readBridges(reading, file.bridges),
    pipeline: readSection(reading, "pipeline", file.pipeline, defaultRunSettings),
    feeds: readFeeds(reading, file.feeds),
    ocr2: readOcr2(reading, file.OCR2),
    loop: readLoopSettings(reading, file),
    chains: readChains(file, document, mistakes),
    plugins: readPluginSettings(reading, {
      sections: file.plugins,
      flags: flags.transports,
      kinds: [...kindNames, ...productsOf(jobs)],
      transports,
    }),
    origins: reading.origins,
    ...(flags.config === undefined ? {} : { file: flags.config }),
  };
  checkBuiltInChains(config.chains, config.plugins, document, mistakes);
  throwMistakes(inOrder(mistakes));
  return config;
}

function readConfigFile(file: string | undefined, cwd: string, mistakes: Mistake[]): TomlDocument {
  const empty = parseToml("", file ?? "");
  return file === undefined ? empty : (collect(mistakes, () => readToml(resolve(cwd, file), file)) ?? empty);
}

function readBridges({ document, origins, mistakes }: Reading, section: FileConfig["bridges"] = {}) {
  for (const name of Object.keys(section)) {
    const path = ["bridges", name];
    origins.set(formatPath(path), document.originOf(path));
    if (namePattern.test(name)) continue;
    mistakes.push(mistakeAt(document, path, "A bridge's name may only have letters, digits, dots, _ and -"));
  }
  return section;
}
