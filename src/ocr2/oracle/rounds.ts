/** The rounds of a single oracle: Query, Observation, Report and a signature, one after the other. */

import { sleep } from "../../../transports/time/sleep.ts";
import type { ReportContext, ReportTimestamp } from "../../loop/types.ts";
import { asError } from "../../values/error-text.ts";
import { limitOf, type OracleContext, storeLimit } from "./context.ts";
import type { CallLimit } from "./deadline.ts";
import type { OraclePhase } from "./engine.ts";
import { extraHash } from "./signing.ts";
import { untilDone } from "./until-done.ts";

/** A report with the signature of the only oracle. */
export interface FinalizedReport {
  readonly context: ReportContext;
  readonly report: Uint8Array;
  readonly signature: Uint8Array;
}

const maxEpoch = 0xffff_ffff;

/**
 * Runs rounds until the signal aborts.
 * @param firstEpoch nothing may have been signed in it before
 * @throws RangeError when there is no epoch left, and the signal's reason
 */
export async function runRounds(
  context: OracleContext,
  firstEpoch: number,
  onFinalized: (finalized: FinalizedReport) => void,
): Promise<void> {
  const { config, plugin, clock, signal } = context;
  const { configDigest } = config;
  const { deltaRoundMs, rMax } = config.offchain;
  for (let epoch = firstEpoch; !signal.aborted; epoch++) {
    if (epoch > maxEpoch) throw new RangeError("Cannot continue with the config: there is no epoch left");
    await enterEpoch(context, epoch);
    for (let round = 1; round <= rMax && !signal.aborted; round++) {
      // Without a plugin each round would be lost.
      await plugin.ready();
      const deltaRound = sleep(deltaRoundMs, { clock, signal });
      const finalized = await runRound(context, { configDigest, epoch, round });
      if (finalized !== undefined) onFinalized(finalized);
      await deltaRound;
    }
  }
}

/** An oracle that is restarted skips this epoch, so that nothing is signed twice for one epoch and round. */
async function enterEpoch(context: OracleContext, epoch: number): Promise<void> {
  const { config, store, emit } = context;
  await untilDone(
    storeLimit(context, "Writing the protocol's state"),
    () => store.writeState(config.configDigest, { epoch }),
    (error) => emit({ type: "failed", phase: "store", error }),
  );
}

/** Never rejects: an error costs only the round. */
async function runRound(context: OracleContext, timestamp: ReportTimestamp): Promise<FinalizedReport | undefined> {
  const { config, oracleId, plugin, keyring, signal, emit } = context;
  const { maxDurationObservationMs, maxDurationReportMs } = config.offchain;
  let phase: OraclePhase = "query";
  emit({ type: "round-started", timestamp });
  try {
    const query = await plugin.call(queryLimit(context), (one, call) => one.query(timestamp, call));

    phase = "observation";
    const observing = limitOf("Observation", maxDurationObservationMs);
    const observation = await plugin.call(observing, (one, call) => one.observation(timestamp, query, call));
    emit({ type: "observed", timestamp, observation });

    phase = "report";
    const observations = [{ observation, observer: oracleId }];
    const reporting = limitOf("Report", maxDurationReportMs);
    const report = await plugin.call(reporting, (one, call) => one.report(timestamp, query, observations, call));
    if (report === undefined) {
      emit({ type: "declined", timestamp, phase });
      return undefined;
    }
    const reportContext = { reportTimestamp: timestamp, extraHash: extraHash(query, observations) };
    const { onchain } = keyring;
    const signature = await onchain.sign(reportContext, report);
    if (!(await onchain.verify(onchain.publicKey, reportContext, report, signature))) {
      throw new Error("Cannot sign the report: the keyring made a signature that it cannot verify");
    }
    emit({ type: "reported", timestamp, report });
    return { context: reportContext, report, signature };
  } catch (thrown) {
    if (!signal.aborted) emit({ type: "failed", phase, timestamp, error: asError(thrown) });
    return undefined;
  }
}

/**
 * Configs with a limit of zero are in use: they work in libocr with a plugin in the same process, which does not look at the time.
 * Where `minMaxDurationQueryMs` is zero as well, deltaProgress is the limit.
 */
function queryLimit({ config, localConfig }: OracleContext): CallLimit {
  const { maxDurationQueryMs, deltaProgressMs } = config.offchain;
  return limitOf("Query", Math.max(maxDurationQueryMs, localConfig.minMaxDurationQueryMs) || deltaProgressMs);
}
