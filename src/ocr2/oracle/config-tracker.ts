/** Follows a contract's config: asks the chain at intervals, and reports each new config that is confirmed and has the right digest. */

import type { Clock } from "../../../transports/time/clock.ts";
import { sleep } from "../../../transports/time/sleep.ts";
import type { PluginProvider } from "../../loop/provider/types.ts";
import type { CallOptions, ConfigDigest, ContractConfig } from "../../loop/types.ts";
import { equalBytes, toHex } from "../../values/bytes.ts";
import { asError } from "../../values/error-text.ts";
import type { LocalConfig } from "../config/local-config.ts";
import { callWithin } from "./deadline.ts";

export interface ConfigTrackerOptions {
  readonly provider: Pick<PluginProvider, "contractConfigTracker" | "offchainConfigDigester">;
  readonly localConfig: LocalConfig;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Digest of the config that is already in force. Default: none */
  readonly current?: ConfigDigest;
  /** A config that replaces the one before. The chain is not asked again until this resolves. */
  onConfig(config: ContractConfig): Promise<void>;
  /** A config whose digest is not that of its content. It is not read again. */
  onRefused(configDigest: ConfigDigest, error: Error): Promise<void>;
  /** The chain could not be read. It is asked again. */
  onError(error: Error): void;
  /** There is no config to run yet. Called once for each reason. */
  onWaiting(reason: string): void;
}

/** Longest interval while a config waits for confirmations or the chain fails. */
const impatientIntervalMs = 15_000;

/** Resolves when the signal aborts. */
export async function trackConfig(options: ConfigTrackerOptions): Promise<void> {
  const { provider, localConfig, clock, signal, onConfig, onRefused, onError, onWaiting } = options;
  const { contractConfigTracker: tracker, offchainConfigDigester: digester } = provider;
  const pollMs = localConfig.contractConfigTrackerPollIntervalMs;
  let { current = new Uint8Array(32) } = options;
  let waitingFor = "";

  function waitFor(reason: string) {
    if (reason !== waitingFor) onWaiting(reason);
    waitingFor = reason;
  }

  /** `undefined`: no new config. */
  async function poll(call: CallOptions): Promise<ContractConfig | "unconfirmed" | undefined> {
    // The height first: a config that is set between the two calls then seems younger than it is, not older.
    const height = await tracker.latestBlockHeight(call);
    const { changedInBlock, configDigest } = await tracker.latestConfigDetails(call);
    if (isZero(configDigest)) {
      if (isZero(current)) waitFor("The contract has no config yet");
      return undefined;
    }
    if (equalBytes(configDigest, current)) return undefined;
    const confirmedAt = changedInBlock + BigInt(localConfig.contractConfigConfirmations) - 1n;
    if (!localConfig.skipContractConfigConfirmations && height < confirmedAt) {
      waitFor(`The config of block ${changedInBlock} waits for its confirmation in block ${confirmedAt}`);
      return "unconfirmed";
    }
    const config = await tracker.latestConfig(changedInBlock, call);
    if (!equalBytes(config.configDigest, configDigest)) {
      throw new Error(
        `The contract's config changed while it was read, from ${toHex(configDigest)} to ${toHex(config.configDigest)}`,
      );
    }
    return config;
  }

  async function checkDigest(config: ContractConfig, call: CallOptions): Promise<Error | undefined> {
    const [computed, prefix] = await Promise.all([
      digester.configDigest(config, call),
      digester.configDigestPrefix(call),
    ]);
    if (!equalBytes(computed, config.configDigest)) {
      return new Error(
        `Cannot use the config: its digest is ${toHex(config.configDigest)}, but its content has the digest ${toHex(computed)}`,
      );
    }
    const actual = computed[0]! * 256 + computed[1]!;
    if (actual === prefix) return undefined;
    return new Error(`Cannot use the config: its digest begins with ${actual}, on this chain it must be ${prefix}`);
  }

  while (!signal.aborted) {
    let waitMs = pollMs;
    try {
      const limitMs = localConfig.contractConfigLoadTimeoutMs;
      const limit = { what: "Loading the config (contractConfigLoadTimeout)", limitMs, clock, signal };
      const found = await callWithin(limit, async (call) => {
        const config = await poll(call);
        return typeof config === "object" ? { config, refused: await checkDigest(config, call) } : config;
      });
      if (found === "unconfirmed") {
        waitMs = Math.min(pollMs, impatientIntervalMs);
      } else if (found !== undefined) {
        current = found.config.configDigest;
        waitingFor = "";
        await (found.refused ? onRefused(current, found.refused) : onConfig(found.config));
      }
    } catch (thrown) {
      if (signal.aborted) return;
      onError(asError(thrown));
      waitMs = Math.min(pollMs, impatientIntervalMs);
    }
    await sleep(waitMs, { clock, signal });
  }
}

function isZero(digest: ConfigDigest): boolean {
  return digest.every((byte) => byte === 0);
}
