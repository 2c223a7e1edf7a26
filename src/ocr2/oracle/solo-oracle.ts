/**
 * One oracle that runs alone (n = 1, f = 0) under one config: it is the leader of every epoch and its own only follower, so a
 * round is Query, Observation, Report and a signature, one after the other. Reports then go their own way to the contract while
 * rounds go on.
 */

import { type Backoff, backoffMs } from "../../../transports/time/backoff.ts";
import type { Clock } from "../../../transports/time/clock.ts";
import { sleep } from "../../../transports/time/sleep.ts";
import type { PluginProvider } from "../../loop/provider/types.ts";
import type { ReportingPluginFactory, ReportingPluginInfo } from "../../loop/reporting-plugin/types.ts";
import type { CallOptions, ContractConfig, ReportContext, ReportTimestamp } from "../../loop/types.ts";
import { equalBytes } from "../../values/bytes.ts";
import { asError } from "../../values/error-text.ts";
import { findOracle } from "../config/identity.ts";
import { isDevelopmentMode, type LocalConfig } from "../config/local-config.ts";
import { type PublicConfig, readPublicConfig } from "../config/public-config.ts";
import { openSharedSecret } from "../config/shared-secret.ts";
import type { OracleKeyring } from "../keys/keyring.ts";
import { type CallLimit, callWithin } from "./deadline.ts";
import type { OracleEvent, OraclePhase } from "./engine.ts";
import { createReportingPluginHandle, type ReportingPluginHandle } from "./reporting-plugin-handle.ts";
import { extraHash } from "./signing.ts";

export interface SoloOracleOptions {
  readonly contractConfig: ContractConfig;
  readonly provider: PluginProvider;
  readonly factory: ReportingPluginFactory;
  readonly keyring: OracleKeyring;
  readonly localConfig: LocalConfig;
  /** The least that a Query call is given, in milliseconds. */
  readonly minMaxDurationQueryMs: number;
  readonly clock: Clock;
  /** Ends the oracle. */
  readonly signal: AbortSignal;
  emit(event: OracleEvent): void;
}

const maxEpoch = 0xffff_ffff;
const backoff: Backoff = { firstMs: 100, maxMs: 15_000 };

/**
 * Resolves when the signal aborts and nothing of the oracle is left.
 * @throws Error when the config cannot be run
 */
export async function runSoloOracle(options: SoloOracleOptions): Promise<void> {
  const { contractConfig, provider, factory, keyring, localConfig, clock, signal, emit } = options;
  const { configDigest, configCount } = contractConfig;
  const config = readPublicConfig(contractConfig, { developmentMode: isDevelopmentMode(localConfig) });
  const { f, oracles, offchain } = config;
  if (oracles.length !== 1) {
    throw new RangeError(
      `Cannot use the config: it is for ${oracles.length} oracles, this engine runs one that is alone`,
    );
  }
  const transmitter = provider.contractTransmitter;
  const account = await untilRead("fromAccount", (call) => transmitter.fromAccount(call));
  const oracleId = findOracle(config, keyring, account);
  await openSharedSecret(offchain.sharedSecretEncryptions, oracleId, (point) => keyring.offchain.diffieHellman(point));
  const latest = await untilRead("latestConfigDigestAndEpoch", (call) => transmitter.latestConfigDigestAndEpoch(call));
  emit({ type: "config-switched", configDigest, configCount, oracleId, n: oracles.length, f });

  const plugin = createReportingPluginHandle({
    factory,
    config: pluginConfigOf(config, oracleId),
    maxDurationInitializationMs: offchain.maxDurationInitializationMs ?? localConfig.defaultMaxDurationInitializationMs,
    clock,
    signal,
    onStarted: () => emit({ type: "plugin-started", configDigest }),
    onError: (error) => emit({ type: "failed", phase: "plugin", error }),
  });
  const transmissions = new Set<Promise<void>>();
  try {
    const isOurs = equalBytes(latest.configDigest, configDigest);
    await runRounds({ ...options, config, oracleId, plugin, firstEpoch: isOurs ? latest.epoch + 1 : 1, transmissions });
  } finally {
    await Promise.allSettled(transmissions);
    await plugin.close();
  }

  /** Reads from the chain, again and again until it answers. */
  async function untilRead<T>(name: string, call: (options: CallOptions) => Promise<T>): Promise<T> {
    const limit = { what: `${name} (blockchainTimeout)`, limitMs: localConfig.blockchainTimeoutMs, clock, signal };
    for (let failures = 1; ; failures++) {
      try {
        return await callWithin(limit, call);
      } catch (thrown) {
        signal.throwIfAborted();
        emit({ type: "failed", phase: "config", error: asError(thrown) });
        await sleep(backoffMs(backoff, failures), { clock, signal });
      }
    }
  }
}

interface RoundOptions extends SoloOracleOptions {
  readonly config: PublicConfig;
  readonly oracleId: number;
  readonly plugin: ReportingPluginHandle;
  readonly firstEpoch: number;
  /** Reports on their way. */
  readonly transmissions: Set<Promise<void>>;
}

async function runRounds(options: RoundOptions): Promise<void> {
  const { config, plugin, firstEpoch, transmissions, clock, signal } = options;
  const { deltaRoundMs, rMax } = config.offchain;
  const transmit = createTransmission(options);
  let epoch = firstEpoch;
  let round = 0;
  while (!signal.aborted) {
    // Rounds wait while there is no plugin: each would only be lost.
    const info = await plugin.ready();
    if (round === rMax) {
      epoch++;
      round = 0;
    }
    if (epoch > maxEpoch) throw new RangeError("Cannot go on with the config: there is no epoch left");
    round++;
    const deltaRound = sleep(deltaRoundMs, { clock, signal });
    const finalized = await runRound(options, { configDigest: config.configDigest, epoch, round }, info);
    if (finalized !== undefined) {
      const transmission = transmit(finalized);
      transmissions.add(transmission);
      void transmission.then(() => transmissions.delete(transmission));
    }
    await deltaRound;
  }
}

interface FinalizedReport {
  readonly context: ReportContext;
  readonly report: Uint8Array;
  readonly signature: Uint8Array;
}

/** Never rejects: what goes wrong costs the round. */
async function runRound(
  options: RoundOptions,
  timestamp: ReportTimestamp,
  { limits }: ReportingPluginInfo,
): Promise<FinalizedReport | undefined> {
  const { config, oracleId, plugin, keyring, signal, emit } = options;
  const { maxDurationObservationMs, maxDurationReportMs } = config.offchain;
  let phase: OraclePhase = "query";
  emit({ type: "round-started", timestamp });
  try {
    const query = await plugin.call(queryLimit(options), (one, call) => one.query(timestamp, call));
    checkLength("query", query, limits.maxQueryLength);

    phase = "observation";
    const observing = limitOf("Observation", maxDurationObservationMs);
    const observation = await plugin.call(observing, (one, call) => one.observation(timestamp, query, call));
    checkLength("observation", observation, limits.maxObservationLength);
    emit({ type: "observed", timestamp, observation });

    phase = "report";
    const observations = [{ observation, observer: oracleId }];
    const reporting = limitOf("Report", maxDurationReportMs);
    const report = await plugin.call(reporting, (one, call) => one.report(timestamp, query, observations, call));
    if (report === undefined) {
      emit({ type: "declined", timestamp, phase });
      return undefined;
    }
    checkLength("report", report, limits.maxReportLength);
    const context = { reportTimestamp: timestamp, extraHash: extraHash(query, observations) };
    const { onchain } = keyring;
    const signature = await onchain.sign(context, report);
    if (!(await onchain.verify(onchain.publicKey, context, report, signature))) {
      throw new Error("Cannot sign the report: the keyring made a signature that it does not recognise");
    }
    emit({ type: "reported", timestamp, report });
    return { context, report, signature };
  } catch (thrown) {
    if (!signal.aborted) emit({ type: "failed", phase, timestamp, error: asError(thrown) });
    return undefined;
  }
}

/** Brings reports to the contract. The function that it makes never rejects. */
function createTransmission(options: RoundOptions): (finalized: FinalizedReport) => Promise<void> {
  const { config, oracleId, plugin, provider, localConfig, clock, signal, emit } = options;
  const { maxDurationShouldAcceptFinalizedReportMs, maxDurationShouldTransmitAcceptedReportMs } = config.offchain;
  const delayMs = transmissionDelayMs(config);
  /** One report is accepted after the other, in the order of their rounds. */
  let accepting: Promise<unknown> = Promise.resolve();

  function accept({ context, report }: FinalizedReport): Promise<boolean> {
    const limit = limitOf("ShouldAcceptFinalizedReport", maxDurationShouldAcceptFinalizedReportMs);
    const answer = accepting.then(() =>
      plugin.call(limit, (one, call) => one.shouldAcceptFinalizedReport(context.reportTimestamp, report, call)),
    );
    accepting = answer.catch(() => {});
    return answer;
  }

  return async (finalized) => {
    const { context, report, signature } = finalized;
    const timestamp = context.reportTimestamp;
    let phase: "accept" | "transmit" = "accept";
    try {
      if (!(await accept(finalized))) return emit({ type: "declined", timestamp, phase });
      emit({ type: "accepted", timestamp });
      if (delayMs === undefined) return;

      phase = "transmit";
      await sleep(delayMs, { clock, signal });
      const checking = limitOf("ShouldTransmitAcceptedReport", maxDurationShouldTransmitAcceptedReportMs);
      const isDue = await plugin.call(checking, (one, call) =>
        one.shouldTransmitAcceptedReport(timestamp, report, call),
      );
      if (!isDue) return emit({ type: "declined", timestamp, phase });
      const what = "Transmit (contractTransmitterTransmitTimeout)";
      const limitMs = localConfig.contractTransmitterTransmitTimeoutMs;
      await callWithin({ what, limitMs, clock, signal }, (call) =>
        provider.contractTransmitter.transmit(context, report, [{ signature, signer: oracleId }], call),
      );
      emit({ type: "transmitted", timestamp });
    } catch (thrown) {
      if (!signal.aborted) emit({ type: "failed", phase, timestamp, error: asError(thrown) });
    }
  };
}

/** The only oracle is first in every order: its stage is the first that has room for anybody. `undefined`: it never transmits. */
function transmissionDelayMs({ offchain }: PublicConfig): number | undefined {
  const stage = offchain.s.findIndex((oracles) => oracles > 0);
  return stage === -1 ? undefined : stage * offchain.deltaStageMs;
}

/**
 * Configs with a limit of zero are in use. In one memory that has always worked, since nothing there looks at the time, and with
 * no floor set the end of the epoch is the limit.
 */
function queryLimit({ config, minMaxDurationQueryMs }: RoundOptions): CallLimit {
  const { maxDurationQueryMs, deltaProgressMs } = config.offchain;
  return limitOf("Query", Math.max(maxDurationQueryMs, minMaxDurationQueryMs) || deltaProgressMs);
}

function limitOf(call: string, limitMs: number): CallLimit {
  return { what: `${call} (maxDuration${call})`, limitMs };
}

function checkLength(name: string, bytes: Uint8Array, limit: number) {
  if (bytes.length <= limit) return;
  throw new RangeError(`Cannot use the ${name}: it has ${bytes.length} bytes, the plugin declared at most ${limit}`);
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
