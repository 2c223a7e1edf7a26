/** The node's own settings of the oracle protocol, and the bounds that they must keep. */

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
  developmentMode: "",
};

/** The value of {@link LocalConfig.developmentMode} that lifts bounds. */
export const dangerousDevelopmentMode = "enable dangerous development mode";

export function isDevelopmentMode(config: Pick<LocalConfig, "developmentMode">): boolean {
  return config.developmentMode === dangerousDevelopmentMode;
}

const bounds = {
  blockchainTimeoutMs: [1000, 20_000],
  contractConfigConfirmations: [1, 100],
  contractConfigTrackerPollIntervalMs: [1000, 120_000],
  contractConfigLoadTimeoutMs: [1000, 3_600_000],
  contractTransmitterTransmitTimeoutMs: [1000, 60_000],
  databaseTimeoutMs: [100, 10_000],
  defaultMaxDurationInitializationMs: [1000, 3_600_000],
} as const;

/** @throws RangeError that names every setting that is out of its bounds, unless development mode lifts them */
export function checkLocalConfig(config: LocalConfig): void {
  if (isDevelopmentMode(config)) return;
  const violations = Object.entries(bounds).flatMap(([key, [min, max]]) => {
    const value = config[key as keyof typeof bounds];
    const isWithin = value >= min && value <= max && (key.endsWith("Ms") || Number.isInteger(value));
    return isWithin ? [] : [`${key} is ${value}, it must be ${min} to ${max}`];
  });
  if (violations.length > 0) throw new RangeError(`Cannot use the local config: ${violations.join("; ")}`);
}
