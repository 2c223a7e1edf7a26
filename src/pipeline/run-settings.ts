/** The node's settings for pipelines, and what runs share. */
import type { RunSettings } from "./types.ts";

export interface RunSettingsOptions {
  /** Adapter URLs by name. Default: none. */
  readonly bridges?: Readonly<Record<string, string>>;
  /** Whether http tasks may reach local addresses when the task does not say so itself. Default false. */
  readonly allowLocalAddresses?: boolean;
  /** Longest body of a response, in bytes. Default 32 KiB. */
  readonly maxBodyBytes?: number;
  /** Limit for each attempt at an http or bridge task without a `timeout`. Default 15 s. */
  readonly requestTimeoutMs?: number;
  /** Longest run. Default 10 minutes. */
  readonly maxRunDurationMs?: number;
}

const defaultMaxBodyBytes = 32 * 1024;

export function createRunSettings(options: RunSettingsOptions): RunSettings {
  return {
    bridges: new Map(Object.entries(options.bridges ?? {})),
    allowLocalAddresses: options.allowLocalAddresses ?? false,
    maxBodyBytes: options.maxBodyBytes ?? defaultMaxBodyBytes,
    bridgeCache: new Map(),
  };
}
