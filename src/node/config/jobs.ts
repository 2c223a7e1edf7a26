/** The node's jobs: finds their files, and checks them with the config. */
import { readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { type JobFile, readJobFiles } from "../../jobs/files.ts";
import { loadJobs } from "../../jobs/load.ts";
import type { JobSpec } from "../../jobs/types.ts";
import { isDevelopmentMode } from "../../ocr2/config/local-config.ts";
import { defaultOrigin } from "../../settings/mistakes.ts";
import { mistakeAt } from "../../settings/toml.ts";
import { describe } from "../../values/text.ts";
import { kindNames } from "../plugins/kinds.ts";
import type { Reading } from "./reading.ts";
import type { FileConfig } from "./schema.ts";
import type { NodeConfig } from "./types.ts";

/** Finds and reads the files of jobs. Those of the command line replace those of the config file. */
export function findJobs(
  { document, directory, cwd, origins, mistakes }: Reading,
  section: FileConfig["jobs"],
  flagged: readonly string[],
): JobFile[] {
  if (flagged.length > 0) {
    origins.set("jobs", { kind: "flag", flag: "--job" });
    return readJobFiles([...new Set(flagged.map((job) => resolve(cwd, job)))]);
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
  return readJobFiles([...new Set(found)]);
}

/**
 * The jobs of a config, checked.
 * @throws ConfigError with every mistake
 */
export function jobsOf({ jobs, chains, ocr2 }: NodeConfig): JobSpec[] {
  return loadJobs(jobs, {
    chains,
    kinds: kindNames,
    developmentMode: isDevelopmentMode(ocr2.localConfig),
  });
}
