/** Reads the node's own OCR2 settings: the file's `[OCR2]`, and the one that only the environment has. */
import {
  checkLocalSetting,
  defaultLocalConfig,
  isDevelopmentMode,
  type LocalConfig,
} from "../../ocr2/config/local-config.ts";
import { duration } from "../../settings/fields.ts";
import { defaultOrigin } from "../../settings/mistakes.ts";
import { mistakeAt } from "../../settings/toml.ts";
import { checkVariable } from "../../settings/variables.ts";
import { errorText } from "../../values/error-text.ts";
import type { Reading } from "./reading.ts";
import { type FileConfig, ocr2Keys } from "./schema.ts";

/** What the node says about OCR2. */
export interface Ocr2Config {
  /** For every job that says nothing else. */
  readonly localConfig: LocalConfig;
}

export function readOcr2(reading: Reading, section: FileConfig["OCR2"] = {}): Ocr2Config {
  return { localConfig: { ...readLocalConfig(reading, section), minMaxDurationQueryMs: readMinQuery(reading) } };
}

function readLocalConfig(
  { document, origins, mistakes }: Reading,
  section: NonNullable<FileConfig["OCR2"]>,
): LocalConfig {
  const setOrigin = (name: keyof LocalConfig, key: keyof typeof section) => {
    const origin = section[key] === undefined ? defaultOrigin : document.originOf(["OCR2", key]);
    origins.set(`ocr2.localConfig.${name}`, origin);
  };
  setOrigin("developmentMode", "DevelopmentMode");
  setOrigin("skipContractConfigConfirmations", "SkipContractConfigConfirmations");
  const values = {
    ...defaultLocalConfig,
    developmentMode: section.DevelopmentMode ?? defaultLocalConfig.developmentMode,
    skipContractConfigConfirmations:
      section.SkipContractConfigConfirmations ?? defaultLocalConfig.skipContractConfigConfirmations,
  };
  for (const key of Object.keys(ocr2Keys) as (keyof typeof ocr2Keys)[]) {
    const name = ocr2Keys[key];
    const value = section[key];
    setOrigin(name, key);
    if (value === undefined) continue;
    try {
      checkLocalSetting(name, value, isDevelopmentMode(values));
      values[name] = value;
    } catch (error) {
      mistakes.push(mistakeAt(document, ["OCR2", key], errorText(error)));
    }
  }
  return values;
}

function readMinQuery({ env, origins, mistakes }: Reading): number {
  const variable = "CL_MIN_OCR2_MAX_DURATION_QUERY";
  // With zero, a feed whose contract says zero could never start a round out of process: what the variable is against.
  const ms = checkVariable(env, variable, duration(1, 60_000), mistakes);
  origins.set(
    "ocr2.localConfig.minMaxDurationQueryMs",
    ms === undefined ? defaultOrigin : { kind: "environment", variable },
  );
  // As on a Chainlink node with the median plugin out of process.
  return ms ?? 100;
}
