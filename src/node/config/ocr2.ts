/** Reads the node's OCR2 settings: the file's `[OCR2]`, and the one setting that is only in the environment. */

import { readLocalSettings } from "../../jobs/local-settings.ts";
import {
  dangerousDevelopmentMode,
  defaultLocalConfig,
  isDevelopmentMode,
  type LocalConfig,
} from "../../ocr2/config/local-config.ts";
import { duration, flag, oneOf, whole } from "../../settings/fields.ts";
import { defaultOrigin } from "../../settings/mistakes.ts";
import { table, type ValueOf } from "../../settings/schema.ts";
import { mistakeAt } from "../../settings/toml.ts";
import { checkVariable } from "../../settings/variables.ts";
import type { Reading } from "./reading.ts";

/** Any duration: bounds are checked later, when the development mode is known. */
const time = duration().optional();

/** The Chainlink node's keys, and some for settings that it does not read from `[OCR2]`. */
export const ocr2Schema = table({
  BlockchainTimeout: time,
  ContractConfirmations: whole(0, 2 ** 31 - 1).optional(),
  ContractPollInterval: time,
  ContractConfigLoadTimeout: time,
  ContractTransmitterTransmitTimeout: time,
  DatabaseTimeout: time,
  DefaultMaxDurationInitialization: time,
  SkipContractConfigConfirmations: flag().optional(),
  DevelopmentMode: oneOf([dangerousDevelopmentMode]).optional(),
});

/** The setting that each key sets. */
const boundedKeys = {
  BlockchainTimeout: "blockchainTimeoutMs",
  ContractConfirmations: "contractConfigConfirmations",
  ContractPollInterval: "contractConfigTrackerPollIntervalMs",
  ContractConfigLoadTimeout: "contractConfigLoadTimeoutMs",
  ContractTransmitterTransmitTimeout: "contractTransmitterTransmitTimeoutMs",
  DatabaseTimeout: "databaseTimeoutMs",
  DefaultMaxDurationInitialization: "defaultMaxDurationInitializationMs",
} as const satisfies Partial<Record<keyof ValueOf<typeof ocr2Schema>, keyof LocalConfig>>;

/** The same for settings without bounds. */
const otherKeys = {
  SkipContractConfigConfirmations: "skipContractConfigConfirmations",
  DevelopmentMode: "developmentMode",
} as const;

/** The node's OCR2 settings. */
export interface Ocr2Config {
  /** Used by every job that does not override it. */
  readonly localConfig: LocalConfig;
}

export function readOcr2(reading: Reading, section: ValueOf<typeof ocr2Schema> = {}): Ocr2Config {
  const { document, origins, mistakes } = reading;
  for (const [key, name] of Object.entries({ ...boundedKeys, ...otherKeys })) {
    const isSaid = section[key as keyof typeof section] !== undefined;
    origins.set(`ocr2.localConfig.${name}`, isSaid ? document.originOf(["OCR2", key]) : defaultOrigin);
  }
  const developmentMode = section.DevelopmentMode ?? defaultLocalConfig.developmentMode;
  const bounded = readLocalSettings(boundedKeys, section, isDevelopmentMode({ developmentMode }), ([key], message) =>
    mistakes.push(mistakeAt(document, ["OCR2", key], message)),
  );
  return {
    localConfig: {
      ...defaultLocalConfig,
      ...bounded,
      developmentMode,
      skipContractConfigConfirmations:
        section.SkipContractConfigConfirmations ?? defaultLocalConfig.skipContractConfigConfirmations,
      minMaxDurationQueryMs: readMinQuery(reading),
    },
  };
}

function readMinQuery({ env, origins, mistakes }: Reading): number {
  const variable = "CL_MIN_OCR2_MAX_DURATION_QUERY";
  // Not zero: with zero, a feed whose contract's limit is zero could never start a round with a plugin out of process.
  const ms = checkVariable(env, variable, duration(1, 60_000), mistakes);
  origins.set(
    "ocr2.localConfig.minMaxDurationQueryMs",
    ms === undefined ? defaultOrigin : { kind: "environment", variable },
  );
  // As on a Chainlink node with the median plugin out of process.
  return ms ?? 100;
}
