/** Reads job specs, and refuses jobs that cannot run before anything is started. */

import type { ChainFamily } from "../chains/family.ts";
import { chainFamilies, findFamily } from "../chains/index.ts";
import { collect, inOrder, type Mistake, throwMistakes } from "../settings/mistakes.ts";
import { type Checked, checkDocument } from "../settings/schema.ts";
import { mistakeAt, parseToml, type TomlDocument, type TomlPath, type TomlTable } from "../settings/toml.ts";
import { errorText } from "../values/error-text.ts";
import { assembleMedian, assembleProduct } from "./assemble.ts";
import type { JobFile } from "./files.ts";
import { toJson } from "./json.ts";
import { readLocalSettings } from "./local-settings.ts";
import { distinct } from "./plugin-name.ts";
import {
  type AnyJobDocument,
  type GenericJobDocument,
  genericJobSchema,
  type JobDocument,
  jobSchema,
  localConfigKeys,
} from "./schema.ts";
import type { JobSpec } from "./types.ts";

/** A chain that jobs may be for. */
export interface JobChain {
  readonly family: Pick<ChainFamily, "name">;
  readonly chainId: string;
  readonly enabled: boolean;
}

export interface LoadJobOptions {
  /** The chains of the config. Default: any. */
  readonly chains?: readonly JobChain[];
  /** The node's own plugin kinds: no product may have such a name. Default: none. */
  readonly kinds?: readonly string[];
  /** Lifts OCR2's bounds. Default false. */
  readonly developmentMode?: boolean;
}

/**
 * Makes jobs from their files.
 * @throws ConfigError with every mistake of every file, and for two jobs with the same id or name
 */
export function loadJobs(files: readonly JobFile[], options: LoadJobOptions = {}): JobSpec[] {
  const mistakes: Mistake[] = [];
  const jobs: JobSpec[] = [];
  for (const { file, document, mistakes: unread } of files) {
    mistakes.push(...unread);
    const job = document && collect(mistakes, () => readJob(document, options));
    if (job === undefined) continue;
    const origin = { kind: "file", file, line: 1 } as const;
    const sameId = jobs.find(({ externalJobId }) => externalJobId === job.externalJobId);
    const sameName = jobs.find(({ plugin, name }) => plugin === job.plugin && name === job.name);
    if (sameId !== undefined) {
      mistakes.push({ origin, key: "externalJobID", message: `The job in ${sameId.file} has the same id` });
    } else if (sameName !== undefined) {
      const message = `The job in ${sameName.file} has the same name, and so the same plugin, ${job.plugin}: rename one of them`;
      mistakes.push({ origin, key: "name", message });
    }
    jobs.push(job);
  }
  throwMistakes(mistakes);
  return distinct(jobs);
}

/**
 * Reads a job spec.
 * @param file the name for messages
 * @throws ConfigError with every mistake
 */
export function parseJob(text: string, file: string, options: LoadJobOptions = {}): JobSpec {
  return readJob(parseToml(text, file), options);
}

function readJob(document: TomlDocument, options: LoadJobOptions): JobSpec {
  const isGeneric = document.root.pluginType === "plugin";
  const { value: job, mistakes }: Checked<AnyJobDocument> = isGeneric
    ? checkDocument(document, genericJobSchema)
    : checkDocument(document, jobSchema);
  const mistake = (path: TomlPath, message: string) => mistakes.push(mistakeAt(document, path, message));

  if (isGeneric && options.kinds?.includes((job as Partial<GenericJobDocument>).pluginConfig?.pluginName ?? "")) {
    mistake(["pluginConfig", "pluginName"], "The node has a plugin kind with this name: give the product another name");
  }
  const relay = job.relay ?? "";
  const chainId = job.chainID ?? job.relayConfig?.chainID;
  const family = findFamily(relay);
  if (family !== undefined) checkChain(job, chainId, options, mistake);
  else if (relay !== "") {
    mistake(["relay"], `There is no relay "${relay}", only ${chainFamilies.map(({ name }) => name).join(", ")}`);
  }
  const wrongContract = job.contractID === undefined ? undefined : family?.checkContract?.(job.contractID);
  if (wrongContract !== undefined) mistake(["contractID"], wrongContract);
  const localConfig = readLocalSettings(localConfigKeys, job, options.developmentMode ?? false, mistake);
  const relayConfig = tableJson(document, "relayConfig", mistake, chainId === undefined ? {} : { chainID: chainId });
  const pluginConfig = tableJson(document, "pluginConfig", mistake);
  throwMistakes(inOrder(mistakes));

  const json = { relayConfig, pluginConfig };
  return isGeneric
    ? assembleProduct(document, job as GenericJobDocument, localConfig, json)
    : assembleMedian(document, job as JobDocument, localConfig, json);
}

/** Reports a mistake. */
type Note = (path: TomlPath, message: string) => void;

function checkChain(
  job: Partial<AnyJobDocument>,
  chainId: string | undefined,
  options: LoadJobOptions,
  mistake: Note,
): void {
  const path = job.chainID === undefined ? ["relayConfig", "chainID"] : ["chainID"];
  if (chainId === undefined) {
    if (job.relayConfig !== undefined) mistake(path, "It is missing: say which chain the contract is on");
    return;
  }
  const other = job.relayConfig?.chainID;
  if (job.chainID !== undefined && other !== undefined && other !== job.chainID) {
    mistake(path, `It is "${job.chainID}" here, but "${other}" in [relayConfig]: remove one of the two`);
  }
  if (options.chains === undefined) return;
  const chains = options.chains.filter(({ family }) => family.name === job.relay);
  const found = chains.find((chain) => chain.chainId === chainId);
  if (found === undefined) {
    const known = chains.length === 0 ? "none" : chains.map((chain) => chain.chainId).join(", ");
    mistake(path, `The config has no ${job.relay} chain "${chainId}": it has ${known}`);
  } else if (!found.enabled) mistake(path, `The ${job.relay} chain "${chainId}" is not enabled in the config`);
}

function tableJson(document: TomlDocument, key: string, mistake: Note, more: TomlTable = {}): Uint8Array {
  const table = document.root[key];
  try {
    if (typeof table === "object") return toJson({ ...more, ...(table as TomlTable) });
  } catch (error) {
    mistake([key], errorText(error));
  }
  return new Uint8Array();
}
