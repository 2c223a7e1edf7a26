/** The node's own OCR2 settings: what is possible, and what holds when nobody says otherwise. */
import type { LocalConfig } from "../../ocr2/local-config.ts";
import { checkDuration } from "./fields.ts";

/** What the node says about OCR2. */
export interface Ocr2Config {
  /** For every job that says nothing else. */
  readonly localConfig: LocalConfig;
  /** Least time for a Query call to a plugin out of process, whatever the contract says. */
  readonly minMaxDurationQueryMs: number;
}

/** As on a Chainlink node with the median plugin out of process. */
export const defaultMinMaxDurationQueryMs = 100;

/** Least and most, both allowed. */
export interface Bounds {
  readonly least: number;
  readonly most: number;
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** As OCR2 checks them when an oracle starts. */
export const localConfigBounds = {
  blockchainTimeoutMs: { least: second, most: 20 * second },
  contractConfigConfirmations: { least: 1, most: 100 },
  contractConfigTrackerPollIntervalMs: { least: second, most: 120 * second },
  contractConfigLoadTimeoutMs: { least: second, most: hour },
  contractTransmitterTransmitTimeoutMs: { least: second, most: minute },
  databaseTimeoutMs: { least: 100, most: 10 * second },
  defaultMaxDurationInitializationMs: { least: second, most: hour },
} as const satisfies Partial<Record<keyof LocalConfig, Bounds>>;

/**
 * Checks one setting. The development mode leaves only this of the bounds: a limit is never zero, and never endless.
 * @throws RangeError with one sentence
 */
export function checkLocalSetting(name: keyof typeof localConfigBounds, value: number, developmentMode: boolean): void {
  const { least, most }: Bounds = developmentMode ? { least: 1, most: 24 * hour } : localConfigBounds[name];
  if (name !== "contractConfigConfirmations") return checkDuration(value, least, most);
  if (value >= least && value <= most) return;
  throw new RangeError(`${value} is impossible: it must be from ${least} to ${most}`);
}
