/** Reads the node's own OCR2 settings: the file's `[OCR2]`, and the one that only the environment has. */

import { readLocalSettings } from "../../jobs/local-settings.ts";
import { defaultLocalConfig, isDevelopmentMode, type LocalConfig } from "../../ocr2/config/local-config.ts";
import { duration } from "../../settings/fields.ts";
import { defaultOrigin } from "../../settings/mistakes.ts";
import { mistakeAt } from "../../settings/toml.ts";
import { checkVariable } from "../../settings/variables.ts";
import type { Reading } from "./reading.ts";
import { type FileConfig, ocr2Keys } from "./schema.ts";

/** What the node says about OCR2. */
export interface Ocr2Config {
  /** For every job that says nothing else. */
  readonly localConfig: LocalConfig;
}

/** Those of `[OCR2]` that have no bounds. */
const otherKeys = {
  SkipContractConfigConfirmations: "skipContractConfigConfirmations",
  DevelopmentMode: "developmentMode",
} as const;

export function readOcr2(reading: Reading, section: NonNullable<FileConfig["OCR2"]> = {}): Ocr2Config {
  const { document, origins, mistakes } = reading;
  for (const [key, name] of Object.entries({ ...ocr2Keys, ...otherKeys })) {
    const isSaid = section[key as keyof typeof section] !== undefined;
    origins.set(`ocr2.localConfig.${name}`, isSaid ? document.originOf(["OCR2", key]) : defaultOrigin);
  }
  const {
    DevelopmentMode: developmentMode = defaultLocalConfig.developmentMode,
    SkipContractConfigConfirmations:
      skipContractConfigConfirmations = defaultLocalConfig.skipContractConfigConfirmations,
  } = section;
  const bounded = readLocalSettings(ocr2Keys, section, isDevelopmentMode({ developmentMode }), ([key], message) =>
    mistakes.push(mistakeAt(document, ["OCR2", key], message)),
  );
  return {
    localConfig: {
      ...defaultLocalConfig,
      ...bounded,
      developmentMode,
      skipContractConfigConfirmations,
      minMaxDurationQueryMs: readMinQuery(reading),
    },
  };
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
