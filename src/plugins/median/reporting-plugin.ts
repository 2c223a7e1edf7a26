/**
 * The numerical median: one reporting plugin answers the calls of one oracle under one config. Its only state is the latest
 * report that it accepted. A new reporting plugin starts without it and relies on the state of the contract.
 */
import type { Logger } from "../../../transports/plugin.ts";
import type { DataSource } from "../../loop/data-source/types.ts";
import { joined, prefixed } from "../../loop/errors.ts";
import type {
  MedianContract,
  OnchainConfig,
  ParsedAttributedObservation,
  ReportCodec,
  TransmissionDetails,
} from "../../loop/median-provider/types.ts";
import type {
  AttributedObservation,
  ReportingPlugin,
  ReportingPluginConfig,
} from "../../loop/reporting-plugin/types.ts";
import type { CallOptions, ConfigDigest, ReportTimestamp } from "../../loop/types.ts";
import { equalBytes } from "../../values/bytes.ts";
import { errorText } from "../../values/error-text.ts";
import { sortAsGo } from "../../values/go-sort.ts";
import { encodeInt192 } from "../../values/int192.ts";
import type { DeviationFunction } from "./deviation.ts";
import { encodeObservation, parseObservation } from "./observation.ts";
import type { MedianOffchainConfig } from "./offchain-config.ts";

export interface MedianReportingPluginOptions {
  readonly config: Pick<ReportingPluginConfig, "configDigest" | "f">;
  readonly offchainConfig: MedianOffchainConfig;
  readonly onchainConfig: OnchainConfig;
  /** In bytes. A longer report is neither made nor accepted. */
  readonly maxReportLength: number;
  readonly dataSource: DataSource;
  readonly juelsPerFeeCoin: DataSource;
  /** Without it, observations carry no gas price. */
  readonly gasPriceSubunits?: DataSource;
  readonly contract: MedianContract;
  readonly codec: ReportCodec;
  readonly deviates: DeviationFunction;
  readonly log: Logger;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Logical time within one config. */
type EpochAndRound = Pick<ReportTimestamp, "epoch" | "round">;

export function createMedianReportingPlugin(options: MedianReportingPluginOptions): ReportingPlugin {
  const { config, offchainConfig, onchainConfig, maxReportLength, contract, codec, deviates, log, now } = options;
  let latestAccepted: EpochAndRound = { epoch: 0, round: 0 };
  let latestAcceptedMedian = 0n;

  async function observe(name: string, source: DataSource, timestamp: ReportTimestamp, call: CallOptions) {
    try {
      const value = await source.observe(timestamp, call);
      // A source is foreign code: null must not become a number when it is encoded.
      if (typeof value !== "bigint") throw new TypeError(`the source answered ${value}, not an integer`);
      encodeInt192(value, name);
      return value;
    } catch (thrown) {
      throw prefixed(`Cannot observe ${name}`, thrown);
    }
  }

  function parseAll(observations: readonly AttributedObservation[]): ParsedAttributedObservation[] {
    return observations.flatMap(({ observation, observer }) => {
      try {
        return [{ ...parseObservation(observation), observer }];
      } catch (thrown) {
        log.warn("Dropped an observation that cannot be read", { observer, error: errorText(thrown) });
        return [];
      }
    });
  }

  /** Whether there is a reason to report `answer` to the contract. */
  async function isReportDue(answer: bigint, call: CallOptions): Promise<boolean> {
    const [latest, requested] = await Promise.all([
      contract.latestTransmissionDetails(call),
      contract.latestRoundRequested(offchainConfig.deltaCMs, call),
    ]).catch((thrown) => {
      throw prefixed("Cannot read the contract's state", thrown);
    });
    if (answer < onchainConfig.min || answer > onchainConfig.max) {
      const { min, max } = onchainConfig;
      log.warn("No report: the median is outside the contract's bounds", { answer, min, max });
      return false;
    }
    const isFirstRound = isOurs(latest.configDigest) && latest.epoch === 0 && latest.round === 0;
    const hasDeviated =
      !offchainConfig.alphaReportInfinite && deviates(offchainConfig.alphaReportPpb, latest.latestAnswer, answer);
    const isHeartbeatOver = latest.latestTimestamp + offchainConfig.deltaCMs < now();
    const isRequested = isOurs(requested.configDigest) && !isBefore(requested, latest);
    const isDue = isFirstRound || hasDeviated || isHeartbeatOver || isRequested;
    const reasons = { isFirstRound, hasDeviated, isHeartbeatOver, isRequested };
    log.info(isDue ? "A report is due" : "No report is due", { answer, ...reasons });
    return isDue;
  }

  async function readLatest(call: CallOptions): Promise<TransmissionDetails> {
    return contract.latestTransmissionDetails(call).catch((thrown) => {
      throw prefixed("Cannot read the contract's latest transmission", thrown);
    });
  }

  function isOurs(digest: ConfigDigest): boolean {
    return equalBytes(digest, config.configDigest);
  }

  return {
    async query() {
      return new Uint8Array();
    },

    async observation(timestamp, query, call = {}) {
      refuseQuery(query);
      const { dataSource, juelsPerFeeCoin, gasPriceSubunits } = options;
      const [value, juels, gasPrice] = await all([
        observe("value", dataSource, timestamp, call),
        observe("juelsPerFeeCoin", juelsPerFeeCoin, timestamp, call),
        gasPriceSubunits && observe("gasPriceSubunits", gasPriceSubunits, timestamp, call),
      ]);
      return encodeObservation({
        timestamp: Math.floor(now() / 1000),
        value,
        juelsPerFeeCoin: juels,
        ...(gasPrice !== undefined && { gasPriceSubunits: gasPrice }),
      });
    },

    async report(_timestamp, query, observations, call = {}) {
      refuseQuery(query);
      const parsed = parseAll(observations);
      if (parsed.length < config.f + 1) {
        throw new RangeError(
          `Cannot report: only ${parsed.length} of ${observations.length} observations can be read, f + 1 = ${config.f + 1} are needed`,
        );
      }
      const byValue = sortAsGo(parsed, (a, b) => a.value < b.value);
      const { value: answer } = byValue[Math.floor(byValue.length / 2)]!;
      if (!(await isReportDue(answer, call))) return undefined;
      const report = await codec.buildReport(byValue, call).catch((thrown) => {
        throw prefixed("Cannot build the report", thrown);
      });
      if (report.length > maxReportLength) {
        throw new RangeError(`Cannot report: the report has ${report.length} bytes, the limit is ${maxReportLength}`);
      }
      return report;
    },

    async shouldAcceptFinalizedReport(timestamp, report, call = {}) {
      if (!isBefore(latestAccepted, timestamp)) return false;
      const latest = await readLatest(call);
      if (!isOurs(latest.configDigest) || !isBefore(latest, timestamp)) return false;
      if (report.length > maxReportLength) {
        log.warn("Refused a report that is too long", { length: report.length, limit: maxReportLength });
        return false;
      }
      const median = await codec.medianFromReport(report, call).catch((thrown) => {
        throw prefixed("Cannot read the report", thrown);
      });
      const hasDeviated =
        !offchainConfig.alphaAcceptInfinite && deviates(offchainConfig.alphaAcceptPpb, latestAcceptedMedian, median);
      const isNothingPending = !isBefore(latest, latestAccepted);
      if (!hasDeviated && !isNothingPending) return false;
      // Another call may have accepted a report while this one waited for the chain.
      if (!isBefore(latestAccepted, timestamp)) return false;
      latestAccepted = { epoch: timestamp.epoch, round: timestamp.round };
      latestAcceptedMedian = median;
      return true;
    },

    async shouldTransmitAcceptedReport(timestamp, _report, call = {}) {
      const latest = await readLatest(call);
      return isOurs(latest.configDigest) && isBefore(latest, timestamp);
    },

    async close() {},
  };
}

/** Waits for all promises, even when one fails, so that the operator sees every failure. */
async function all<T extends readonly unknown[]>(promises: readonly [...T]) {
  const results = await Promise.allSettled(promises);
  const failures = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
  if (failures.length > 0) throw joined(failures);
  return Promise.all(promises);
}

function refuseQuery(query: Uint8Array) {
  if (query.length > 0) throw new RangeError(`Cannot use the query: it must be empty but has ${query.length} bytes`);
}

function isBefore(a: EpochAndRound, b: EpochAndRound): boolean {
  return a.epoch < b.epoch || (a.epoch === b.epoch && a.round < b.round);
}
