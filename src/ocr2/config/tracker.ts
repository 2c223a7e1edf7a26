/** Follows a contract's config: asks the chain at intervals, and hands on what is new, confirmed and what it claims to be. */

import type { Clock } from "../../../transports/time/clock.ts";
import { sleep } from "../../../transports/time/sleep.ts";
import type { PluginProvider } from "../../loop/provider/types.ts";
import type { CallOptions, ConfigDigest, ContractConfig } from "../../loop/types.ts";
import { equalBytes, toHex } from "../../values/bytes.ts";
import { asError } from "../../values/error-text.ts";
import { callWithin } from "../oracle/deadline.ts";
import type { LocalConfig } from "./local-config.ts";

export interface ConfigTrackerOptions {
  readonly provider: Pick<PluginProvider, "contractConfigTracker" | "offchainConfigDigester">;
  readonly localConfig: LocalConfig;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Of the config that is run already. Default: none */
  readonly current?: ConfigDigest;
  /** A config that is to be run in place of the one before. The chain is not asked again until this resolves. */
  onConfig(config: ContractConfig): Promise<void>;
  /** A config whose digest is not that of its content. It is not looked at again. */
  onRefused(configDigest: ConfigDigest, error: Error): Promise<void>;
  /** The chain could not be read. It is asked again. */
  onError(error: Error): void;
  /** There is nothing to run yet; said once for every reason. */
  onWaiting(reason: string): void;
}

/** How often the chain is asked, at most, while a config waits for confirmations or the chain fails. */
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

  /** `undefined`: nothing new. */
  async function poll(call: CallOptions): Promise<ContractConfig | "unconfirmed" | undefined> {
    // The height first: a config that comes in between is then taken for younger than it is, not for older.
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
        `The contract's config has changed while it was read: ${toHex(configDigest)}, ${toHex(config.configDigest)}`,
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
        `Cannot use the config: its digest is ${toHex(config.configDigest)}, that of its content is ${toHex(computed)}`,
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
