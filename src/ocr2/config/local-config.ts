/** The node's settings of the oracle protocol, and their bounds. */
import { formatDuration } from "../../values/duration.ts";

/** Durations in milliseconds; {@link localConfigBounds} has the bounds. */
export interface LocalConfig {
  /** Limit for reading the chain once. */
  readonly blockchainTimeoutMs: number;
  /** Blocks from the one that a config is in, included, until the config is used. */
  readonly contractConfigConfirmations: number;
  /** Uses a config as soon as it is seen. */
  readonly skipContractConfigConfirmations: boolean;
  /** How often the chain is asked for a new config. */
  readonly contractConfigTrackerPollIntervalMs: number;
  /** Limit for all the calls that find and load a config. */
  readonly contractConfigLoadTimeoutMs: number;
  /** Limit for one transmission. */
  readonly contractTransmitterTransmitTimeoutMs: number;
  /** Limit for one access to the store. */
  readonly databaseTimeoutMs: number;
  /** Limit for making a reporting plugin where the config sets none. */
  readonly defaultMaxDurationInitializationMs: number;
  /**
   * Shortest limit for a Query call, even where the config's is shorter: feeds whose limit is 0 need it when the product's plugin runs
   * out of process. 0 or more.
   */
  readonly minMaxDurationQueryMs: number;
  /** `"enable dangerous development mode"` widens the bounds of these settings, and lifts the lower bounds of a config's intervals. */
  readonly developmentMode: string;
}

/** The Chainlink node's defaults. */
export const defaultLocalConfig: LocalConfig = {
  blockchainTimeoutMs: 20_000,
  contractConfigConfirmations: 3,
  skipContractConfigConfirmations: false,
  contractConfigTrackerPollIntervalMs: 60_000,
  contractConfigLoadTimeoutMs: 10_000,
  contractTransmitterTransmitTimeoutMs: 10_000,
  databaseTimeoutMs: 10_000,
  defaultMaxDurationInitializationMs: 30_000,
  minMaxDurationQueryMs: 0,
  developmentMode: "",
};

/** The value of {@link LocalConfig.developmentMode} that lifts bounds. */
export const dangerousDevelopmentMode = "enable dangerous development mode";

export function isDevelopmentMode(config: Pick<LocalConfig, "developmentMode">): boolean {
  return config.developmentMode === dangerousDevelopmentMode;
}

/** Least and most, both allowed. */
export interface Bounds {
  readonly least: number;
  readonly most: number;
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** libocr checks the same bounds when an oracle starts. */
export const localConfigBounds = {
  blockchainTimeoutMs: { least: second, most: 20 * second },
  contractConfigConfirmations: { least: 1, most: 100 },
  contractConfigTrackerPollIntervalMs: { least: second, most: 120 * second },
  contractConfigLoadTimeoutMs: { least: second, most: hour },
  contractTransmitterTransmitTimeoutMs: { least: second, most: minute },
  databaseTimeoutMs: { least: 100, most: 10 * second },
  defaultMaxDurationInitializationMs: { least: second, most: hour },
} as const satisfies Partial<Record<keyof LocalConfig, Bounds>>;

/** A setting that has bounds. */
export type BoundedSetting = keyof typeof localConfigBounds;

/** The bounds in development mode: a limit is never zero, and never endless. */
const developmentBounds: Bounds = { least: 1, most: 24 * hour };

/**
 * Checks one setting.
 * @throws RangeError with one sentence
 */
export function checkLocalSetting(name: BoundedSetting, value: number, developmentMode: boolean): void {
  const { least, most } = developmentMode ? developmentBounds : localConfigBounds[name];
  if (isWithin(name, value, { least, most })) return;
  const show = name.endsWith("Ms") ? formatDuration : String;
  throw new RangeError(`${show(value)} is out of range: it must be from ${show(least)} to ${show(most)}`);
}

/** @throws RangeError that names every setting that is out of its bounds */
export function checkLocalConfig(config: LocalConfig): void {
  const { minMaxDurationQueryMs } = config;
  if (!(minMaxDurationQueryMs >= 0 && Number.isFinite(minMaxDurationQueryMs))) {
    throw new RangeError(
      `Cannot use the local config: minMaxDurationQueryMs is ${minMaxDurationQueryMs}, it must not be negative`,
    );
  }
  const violations = Object.entries(localConfigBounds).flatMap(([key, usual]) => {
    const name = key as BoundedSetting;
    const bounds = isDevelopmentMode(config) ? developmentBounds : usual;
    if (isWithin(name, config[name], bounds)) return [];
    return [`${name} is ${config[name]}, it must be ${bounds.least} to ${bounds.most}`];
  });
  if (violations.length > 0) throw new RangeError(`Cannot use the local config: ${violations.join("; ")}`);
}

function isWithin(name: BoundedSetting, value: number, { least, most }: Bounds): boolean {
  return value >= least && value <= most && (name.endsWith("Ms") || Number.isInteger(value));
}
