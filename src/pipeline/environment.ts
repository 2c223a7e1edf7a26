/** What the node's config says about pipelines, and what runs share. */
import type { Environment } from "./types.ts";

export interface PipelineEnvironmentOptions {
  /** Adapter URLs by name. Default: none. */
  readonly bridges?: Readonly<Record<string, string>>;
  /** Whether http tasks may reach local addresses even if the task does not say so. Default false. */
  readonly allowLocalAddresses?: boolean;
  /** Longest body of an answer, in bytes. Default 32 KiB. */
  readonly maxBodyBytes?: number;
  /** Limit for each attempt at an http or bridge task without a `timeout`. Default 15 s. */
  readonly requestTimeoutMs?: number;
  /** Longest run. Default 10 minutes. */
  readonly maxRunDurationMs?: number;
}

const defaultMaxBodyBytes = 32 * 1024;

export function createEnvironment(options: PipelineEnvironmentOptions): Environment {
  return {
    bridges: new Map(Object.entries(options.bridges ?? {})),
    allowLocalAddresses: options.allowLocalAddresses ?? false,
    maxBodyBytes: options.maxBodyBytes ?? defaultMaxBodyBytes,
    bridgeCache: new Map(),
  };
}
