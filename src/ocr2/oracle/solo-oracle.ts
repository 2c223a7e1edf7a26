/**
 * A single oracle (n = 1, f = 0) under one config: it is the leader of every epoch and its own only follower. It finds itself in the
 * config, and its first epoch; then rounds follow each other, while reports are transmitted in parallel.
 */

import type { ContractConfig } from "../../loop/types.ts";
import { equalBytes } from "../../values/bytes.ts";
import { findOracle } from "../config/find-oracle.ts";
import { isDevelopmentMode } from "../config/local-config.ts";
import { type PublicConfig, readPublicConfig } from "../config/public-config.ts";
import { openSharedSecret } from "../config/shared-secret.ts";
import { type OracleContext, storeLimit } from "./context.ts";
import type { OracleEngineOptions, OracleEvent } from "./engine.ts";
import { createReportingPluginHandle } from "./reporting-plugin-handle.ts";
import { runRounds } from "./rounds.ts";
import { createTransmission } from "./transmission.ts";
import { untilDone } from "./until-done.ts";

export interface SoloOracleOptions extends OracleEngineOptions {
  readonly contractConfig: ContractConfig;
  /** Ends the oracle. */
  readonly signal: AbortSignal;
  emit(event: OracleEvent): void;
}

/**
 * Resolves when the signal has aborted and nothing of the oracle runs any more.
 * @throws Error when the config cannot be run
 */
export async function runSoloOracle(options: SoloOracleOptions): Promise<void> {
  const { contractConfig, provider, factory, keyring, localConfig, store, clock, signal, emit } = options;
  const { configDigest, configCount } = contractConfig;
  const config = readPublicConfig(contractConfig, { developmentMode: isDevelopmentMode(localConfig) });
  const { f, oracles, offchain } = config;
  if (oracles.length !== 1) {
    throw new RangeError(`Cannot use the config: it is for ${oracles.length} oracles, this engine supports only one`);
  }
  const transmitter = provider.contractTransmitter;
  const reading = (name: string) => ({
    what: `${name} (blockchainTimeout)`,
    limitMs: localConfig.blockchainTimeoutMs,
    clock,
    signal,
  });
  const onFailure = (error: Error) => emit({ type: "failed", phase: "config", error });
  const account = await untilDone(reading("fromAccount"), (call) => transmitter.fromAccount(call), onFailure);
  const oracleId = findOracle(config, keyring, account);
  await openSharedSecret(offchain.sharedSecretEncryptions, oracleId, (point) => keyring.offchain.diffieHellman(point));
  const latest = await untilDone(
    reading("latestConfigDigestAndEpoch"),
    (call) => transmitter.latestConfigDigestAndEpoch(call),
    onFailure,
  );
  const { deltaRoundMs, reportingPluginConfig } = offchain;
  emit({
    ...{ type: "config-switched", configDigest, configCount, oracleId, n: oracles.length, f },
    ...{ deltaRoundMs, reportingPluginConfig },
  });

  const plugin = createReportingPluginHandle({
    factory,
    config: pluginConfigOf(config, oracleId),
    maxDurationInitializationMs: offchain.maxDurationInitializationMs ?? localConfig.defaultMaxDurationInitializationMs,
    clock,
    signal,
    onStarted: () => emit({ type: "plugin-started", configDigest }),
    onError: (error) => emit({ type: "failed", phase: "plugin", error }),
  });
  const context: OracleContext = {
    ...{ provider, keyring, localConfig, store, clock, signal, emit },
    ...{ config, oracleId, plugin },
  };
  const transmission = createTransmission(context);
  try {
    const stored = await untilDone(
      storeLimit(context, "Reading the protocol's state"),
      () => store.state(configDigest),
      (error) => emit({ type: "failed", phase: "store", error }),
    );
    await transmission.restore();
    const onChain = equalBytes(latest.configDigest, configDigest) ? latest.epoch : 0;
    await runRounds(context, Math.max(onChain, stored?.epoch ?? 0) + 1, transmission.start);
  } finally {
    await transmission.ended();
    await plugin.close();
  }
}

function pluginConfigOf(config: PublicConfig, oracleId: number) {
  const { configDigest, f, oracles, onchainConfig, offchain } = config;
  return {
    configDigest,
    oracleId,
    n: oracles.length,
    f,
    onchainConfig,
    offchainConfig: offchain.reportingPluginConfig,
    estimatedRoundIntervalMs: offchain.deltaRoundMs,
    maxDurationQueryMs: offchain.maxDurationQueryMs,
    maxDurationObservationMs: offchain.maxDurationObservationMs,
    maxDurationReportMs: offchain.maxDurationReportMs,
    maxDurationShouldAcceptFinalizedReportMs: offchain.maxDurationShouldAcceptFinalizedReportMs,
    maxDurationShouldTransmitAcceptedReportMs: offchain.maxDurationShouldTransmitAcceptedReportMs,
  };
}
