/** Reads the node's own OCR2 settings: the file's `[OCR2]`, and the one that only the environment has. */

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

/** Bounds are checked where the development mode is known. */
const time = duration().optional();

/** The Chainlink node's keys, with those that it takes from elsewhere. */
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

/** Which key sets what. */
const boundedKeys = {
  BlockchainTimeout: "blockchainTimeoutMs",
  ContractConfirmations: "contractConfigConfirmations",
  ContractPollInterval: "contractConfigTrackerPollIntervalMs",
  ContractConfigLoadTimeout: "contractConfigLoadTimeoutMs",
  ContractTransmitterTransmitTimeout: "contractTransmitterTransmitTimeoutMs",
  DatabaseTimeout: "databaseTimeoutMs",
  DefaultMaxDurationInitialization: "defaultMaxDurationInitializationMs",
} as const satisfies Partial<Record<keyof ValueOf<typeof ocr2Schema>, keyof LocalConfig>>;

/** The same of those that have no bounds. */
const otherKeys = {
  SkipContractConfigConfirmations: "skipContractConfigConfirmations",
  DevelopmentMode: "developmentMode",
} as const;

/** What the node says about OCR2. */
export interface Ocr2Config {
  /** For every job that says nothing else. */
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
  // With zero, a feed whose contract says zero could never start a round out of process: what the variable is against.
  const ms = checkVariable(env, variable, duration(1, 60_000), mistakes);
  origins.set(
    "ocr2.localConfig.minMaxDurationQueryMs",
    ms === undefined ? defaultOrigin : { kind: "environment", variable },
  );
  // As on a Chainlink node with the median plugin out of process.
  return ms ?? 100;
}
