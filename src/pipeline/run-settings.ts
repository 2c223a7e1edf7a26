/** The node's settings for pipelines, and what runs share. */
import { createProxies, type ProxyEnvironment } from "./proxies.ts";
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
  /** The variables that name proxies. Default: the process's own. */
  readonly proxyVariables?: ProxyEnvironment;
}

/** What runs have where nothing else is set. */
export const defaultRunSettings = {
  maxRunDurationMs: 600_000,
  requestTimeoutMs: 15_000,
  maxBodyBytes: 32 * 1024,
  allowLocalAddresses: false,
};

export function createRunSettings(options: RunSettingsOptions): RunSettings {
  return {
    bridges: new Map(Object.entries(options.bridges ?? {})),
    allowLocalAddresses: options.allowLocalAddresses ?? defaultRunSettings.allowLocalAddresses,
    maxBodyBytes: options.maxBodyBytes ?? defaultRunSettings.maxBodyBytes,
    proxies: createProxies(options.proxyVariables ?? process.env),
    bridgeCache: new Map(),
  };
}
