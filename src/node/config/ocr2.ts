/** Reads the node's own OCR2 settings: the file's `[OCR2]`, and the one that only the environment has. */
import {
  checkLocalSetting,
  defaultLocalConfig,
  isDevelopmentMode,
  type LocalConfig,
} from "../../ocr2/config/local-config.ts";
import { mistakeAt } from "../../settings/check.ts";
import { checkDuration } from "../../settings/fields.ts";
import { defaultOrigin, type Origin } from "../../settings/mistakes.ts";
import { parseDuration } from "../../values/duration.ts";
import { errorText } from "../../values/error-text.ts";
import type { Reading } from "./reading.ts";
import { type FileConfig, ocr2Keys } from "./schema.ts";

/** What the node says about OCR2. */
export interface Ocr2Config {
  /** For every job that says nothing else. */
  readonly localConfig: LocalConfig;
  /** Least time for a Query call to a plugin out of process, whatever the contract says. */
  readonly minMaxDurationQueryMs: number;
}

/** As on a Chainlink node with the median plugin out of process. */
const defaultMinMaxDurationQueryMs = 100;

const minQueryVariable = "CL_MIN_OCR2_MAX_DURATION_QUERY";

export function readOcr2(reading: Reading, section: FileConfig["OCR2"] = {}): Ocr2Config {
  return { localConfig: readLocalConfig(reading, section), minMaxDurationQueryMs: readMinQuery(reading) };
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
  const text = env[minQueryVariable]?.trim() ?? "";
  const origin: Origin = text === "" ? defaultOrigin : { kind: "environment", variable: minQueryVariable };
  origins.set("ocr2.minMaxDurationQueryMs", origin);
  if (text === "") return defaultMinMaxDurationQueryMs;
  try {
    const ms = parseDuration(text);
    // With zero, a feed whose contract says zero could never start a round out of process: what the variable is against.
    checkDuration(ms, 1, 60_000);
    return ms;
  } catch (error) {
    mistakes.push({ origin, key: "", message: errorText(error) });
    return defaultMinMaxDurationQueryMs;
  }
}
