/** Median reports as EVM contracts read them: ABI (uint32 timestamp, bytes32 observers, int192[] observations, int192 juelsPerFeeCoin). */
import { decodeAbiParameters, encodeAbiParameters, hexToBytes, toHex } from "viem/utils";
import type { ParsedAttributedObservation, ReportCodec } from "../../loop/median-provider/types.ts";
import { equalBytes } from "../../values/bytes.ts";
import { sortAsGo } from "../../values/go-sort.ts";

export interface EvmReport {
  /** Seconds since 1970, uint32. */
  readonly timestamp: number;
  /** Oracle index of each observation. */
  readonly observers: readonly number[];
  /** The contract takes element floor(count / 2) for its answer, without sorting. */
  readonly observations: readonly bigint[];
  readonly juelsPerFeeCoin: bigint;
}

const reportAbi = [{ type: "uint32" }, { type: "bytes32" }, { type: "int192[]" }, { type: "int192" }] as const;
/** The observers are the bytes of one word. */
const maxObservations = 32;

export const evmReportCodec: ReportCodec = {
  buildReport: async (observations) => encodeEvmReport(evmReportOf(observations)),
  medianFromReport: async (report) => middleOf(decodeEvmReport(report).observations),
  maxReportLength: async (n) => evmReportLength(n),
};

/** Length in bytes of a report with `count` observations: exact, not only an upper bound. */
export function evmReportLength(count: number): number {
  return 160 + 32 * count;
}

/**
 * What all honest oracles report on the same observations. Timestamp and juelsPerFeeCoin are the middle of their own
 * sorted lists. Each sort starts from the list that the one before left, because the order of equal values shows in the bytes.
 */
export function evmReportOf(observations: readonly ParsedAttributedObservation[]): EvmReport {
  const byTimestamp = sortAsGo(observations, (a, b) => a.timestamp < b.timestamp);
  const byJuels = sortAsGo(byTimestamp, (a, b) => a.juelsPerFeeCoin < b.juelsPerFeeCoin);
  const byValue = sortAsGo(byJuels, (a, b) => a.value < b.value);
  return {
    timestamp: middleOf(byTimestamp).timestamp,
    observers: byValue.map(({ observer }) => observer),
    observations: byValue.map(({ value }) => value),
    juelsPerFeeCoin: middleOf(byJuels).juelsPerFeeCoin,
  };
}

/** @throws RangeError when there are no observations, or too many for one word of observers */
export function encodeEvmReport(report: EvmReport): Uint8Array {
  const { timestamp, observers, observations, juelsPerFeeCoin } = report;
  if (observations.length === 0 || observations.length > maxObservations || observers.length !== observations.length) {
    throw new RangeError(
      `Cannot encode the report: it has ${observations.length} observations by ${observers.length} observers, there must be 1 to ${maxObservations} of both`,
    );
  }
  const observersWord = new Uint8Array(32);
  observersWord.set(observers);
  return hexToBytes(encodeAbiParameters(reportAbi, [timestamp, toHex(observersWord), observations, juelsPerFeeCoin]));
}

/** @throws SyntaxError when these are not exactly the bytes that {@link encodeEvmReport} makes */
export function decodeEvmReport(encoded: Uint8Array): EvmReport {
  const report = readEvmReport(encoded);
  const { length } = report.observations;
  if (length === 0 || length > maxObservations || !equalBytes(encodeEvmReport(report), encoded)) {
    throw new SyntaxError(
      `Cannot read the report: ${encoded.length} bytes do not match the ${length} observations in them`,
    );
  }
  return report;
}

/**
 * Reads a report as a contract's `abi.decode` does, which checks neither the number of observations nor the bytes after them.
 * @throws SyntaxError when the bytes are not a report
 */
export function readEvmReport(encoded: Uint8Array): EvmReport {
  try {
    const fields = decodeAbiParameters(reportAbi, encoded);
    const [timestamp, observersWord, observations, juelsPerFeeCoin] = fields;
    // Encoding once more catches what Solidity refuses and viem accepts: numbers wider than their type.
    const canonical = hexToBytes(encodeAbiParameters(reportAbi, fields));
    if (!equalBytes(canonical, encoded.subarray(0, canonical.length))) {
      throw new RangeError("its words are not those of its fields");
    }
    return {
      timestamp,
      observers: [...hexToBytes(observersWord).subarray(0, observations.length)],
      observations,
      juelsPerFeeCoin,
    };
  } catch (cause) {
    throw new SyntaxError("Cannot read the report: the bytes are not an EVM median report", { cause });
  }
}

function middleOf<T>(list: readonly T[]): T {
  const middle = list[Math.floor(list.length / 2)];
  if (middle === undefined) throw new RangeError("Cannot build a report: there are no observations");
  return middle;
}
