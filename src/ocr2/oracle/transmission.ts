/** Brings finalized reports to the contract: the plugin accepts each, it is held until it is due, checked again and transmitted. */

import { sleep } from "../../../transports/time/sleep.ts";
import { asError } from "../../values/error-text.ts";
import type { PublicConfig } from "../config/public-config.ts";
import type { PendingTransmission } from "../store.ts";
import { limitOf, type OracleContext, storeLimit } from "./context.ts";
import { callWithin } from "./deadline.ts";
import type { FinalizedReport } from "./rounds.ts";
import { untilDone } from "./until-done.ts";

export interface Transmission {
  /** Continues with reports that the last oracle left in the store. Those whose time has passed are deleted. @throws the signal's reason */
  restore(): Promise<void>;
  /** Starts with a report, in the background. */
  start(finalized: FinalizedReport): void;
  /** Resolves when no report is under way any more. */
  ended(): Promise<void>;
}

export function createTransmission(context: OracleContext): Transmission {
  const { config, oracleId, plugin, provider, localConfig, store, clock, signal, emit } = context;
  const { maxDurationShouldAcceptFinalizedReportMs, maxDurationShouldTransmitAcceptedReportMs } = config.offchain;
  const delayMs = transmissionDelayMs(config);
  const underWay = new Set<Promise<void>>();
  /** Reports are accepted one after the other, in the order of their rounds. */
  let accepting: Promise<unknown> = Promise.resolve();

  function accept({ context: { reportTimestamp }, report }: FinalizedReport): Promise<boolean> {
    const limit = limitOf("ShouldAcceptFinalizedReport", maxDurationShouldAcceptFinalizedReportMs);
    const answer = accepting.then(() =>
      plugin.call(limit, (one, call) => one.shouldAcceptFinalizedReport(reportTimestamp, report, call)),
    );
    accepting = answer.catch(() => {});
    return answer;
  }

  async function bring(finalized: FinalizedReport): Promise<void> {
    const { context: reportContext, report, signature } = finalized;
    const timestamp = reportContext.reportTimestamp;
    try {
      if (!(await accept(finalized))) return emit({ type: "declined", timestamp, phase: "accept" });
      emit({ type: "accepted", timestamp });
    } catch (thrown) {
      if (!signal.aborted) emit({ type: "failed", phase: "accept", timestamp, error: asError(thrown) });
      return;
    }
    if (delayMs === undefined) return;
    const signatures = [{ signature, signer: oracleId }];
    const pending = { context: reportContext, report, signatures, dueAt: clock.now() + delayMs };
    await transmit(pending, delayMs > 0 ? delayMs : undefined);
  }

  /** @param waitMs until it is due, while it is kept in the store. `undefined`: it is due at once, and never was there */
  async function transmit(pending: PendingTransmission, waitMs: number | undefined): Promise<void> {
    const { context: reportContext, report, signatures } = pending;
    const timestamp = reportContext.reportTimestamp;
    try {
      if (waitMs !== undefined) {
        await stored("Writing a pending transmission", () => store.writePendingTransmission(pending));
        await sleep(waitMs, { clock, signal });
        signal.throwIfAborted();
        // Before the transmission, so that an oracle that is restarted does not transmit it a second time.
        await stored("Deleting a pending transmission", () => store.deletePendingTransmission(timestamp));
      }
      const checking = limitOf("ShouldTransmitAcceptedReport", maxDurationShouldTransmitAcceptedReportMs);
      const isDue = await plugin.call(checking, (one, call) =>
        one.shouldTransmitAcceptedReport(timestamp, report, call),
      );
      if (!isDue) return emit({ type: "declined", timestamp, phase: "transmit" });
      const what = "Transmit (contractTransmitterTransmitTimeout)";
      const limitMs = localConfig.contractTransmitterTransmitTimeoutMs;
      await callWithin({ what, limitMs, clock, signal }, (call) =>
        provider.contractTransmitter.transmit(reportContext, report, signatures, call),
      );
      emit({ type: "transmitted", timestamp });
    } catch (thrown) {
      if (!signal.aborted) emit({ type: "failed", phase: "transmit", timestamp, error: asError(thrown) });
    }
  }

  /** A clock that was set back meanwhile must not make anything wait longer than it would have when it was made. */
  function leftOf({ dueAt }: PendingTransmission): number {
    return Math.min(Math.max(0, dueAt - clock.now()), delayMs ?? 0);
  }

  function stored(what: string, access: () => Promise<void>): Promise<void> {
    return callWithin(storeLimit(context, what), access);
  }

  function track(work: Promise<void>): void {
    underWay.add(work);
    void work.then(() => underWay.delete(work));
  }

  return {
    async restore() {
      const left = await untilDone(
        storeLimit(context, "Reading pending transmissions"),
        async () => {
          await store.deletePendingTransmissionsBefore(clock.now());
          return store.pendingTransmissions(config.configDigest);
        },
        (error) => emit({ type: "failed", phase: "store", error }),
      );
      for (const pending of left) track(transmit(pending, leftOf(pending)));
    },
    start: (finalized) => track(bring(finalized)),
    async ended() {
      await Promise.allSettled(underWay);
    },
  };
}

/** The only oracle is in the first stage that has any oracle. `undefined`: there is no such stage, and it never transmits. */
function transmissionDelayMs({ offchain }: PublicConfig): number | undefined {
  const stage = offchain.s.findIndex((oracles) => oracles > 0);
  return stage === -1 ? undefined : stage * offchain.deltaStageMs;
}
