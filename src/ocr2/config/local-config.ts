/** The node's own settings of the oracle protocol, and the bounds that they must keep. */
import { formatDuration } from "../../values/duration.ts";

/** Durations in milliseconds. */
export interface LocalConfig {
  /** For reading the chain once. 1 s to 20 s. */
  readonly blockchainTimeoutMs: number;
  /** Blocks a config must have, its own included, before it is used. 1 to 100. */
  readonly contractConfigConfirmations: number;
  /** Uses a config as soon as it is seen. */
  readonly skipContractConfigConfirmations: boolean;
  /** How often the chain is asked for a new config. 1 s to 120 s. */
  readonly contractConfigTrackerPollIntervalMs: number;
  /** For all the calls by which a config is found and loaded. 1 s to 1 h. */
  readonly contractConfigLoadTimeoutMs: number;
  /** For one transmission. 1 s to 1 min. */
  readonly contractTransmitterTransmitTimeoutMs: number;
  /** For one access to the database. 100 ms to 10 s. */
  readonly databaseTimeoutMs: number;
  /** For making a reporting plugin where the config does not say. 1 s to 1 h. */
  readonly defaultMaxDurationInitializationMs: number;
  /**
   * The least that a Query call is given, whatever the config says: feeds whose limit is 0 need it where the product runs out of
   * process. 0 or more.
   */
  readonly minMaxDurationQueryMs: number;
  /** `"enable dangerous development mode"` lifts all these bounds and the lower bounds of a config's intervals. */
  readonly developmentMode: string;
}

/** What Chainlink's node has. */
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

/** What an oracle of libocr checks when it starts. */
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

/** What the development mode leaves of the bounds: a limit is never zero, and never endless. */
const developmentBounds: Bounds = { least: 1, most: 24 * hour };

/**
 * Checks one setting, for those who read it.
 * @throws RangeError with one sentence
 */
export function checkLocalSetting(name: BoundedSetting, value: number, developmentMode: boolean): void {
  const { least, most } = developmentMode ? developmentBounds : localConfigBounds[name];
  if (isWithin(name, value, { least, most })) return;
  const show = name.endsWith("Ms") ? formatDuration : String;
  throw new RangeError(`${show(value)} is out of range: it must be from ${show(least)} to ${show(most)}`);
}

/** @throws RangeError that names every setting that is out of its bounds, unless development mode lifts them */
export function checkLocalConfig(config: LocalConfig): void {
  const { minMaxDurationQueryMs } = config;
  if (!(minMaxDurationQueryMs >= 0 && Number.isFinite(minMaxDurationQueryMs))) {
    throw new RangeError(
      `Cannot use the local config: minMaxDurationQueryMs is ${minMaxDurationQueryMs}, it must not be negative`,
    );
  }
  if (isDevelopmentMode(config)) return;
  const violations = Object.entries(localConfigBounds).flatMap(([key, bounds]) => {
    const name = key as BoundedSetting;
    if (isWithin(name, config[name], bounds)) return [];
    return [`${name} is ${config[name]}, it must be ${bounds.least} to ${bounds.most}`];
  });
  if (violations.length > 0) throw new RangeError(`Cannot use the local config: ${violations.join("; ")}`);
}

function isWithin(name: BoundedSetting, value: number, { least, most }: Bounds): boolean {
  return value >= least && value <= most && (name.endsWith("Ms") || Number.isInteger(value));
}
