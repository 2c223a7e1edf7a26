/** What the plugins' tests share: a logger that keeps its lines, and a median provider that answers from variables. */

import { evmReportCodec } from "../../src/chains/evm/median-report-codec.ts";
import { onchainConfigCodec } from "../../src/chains/median-onchain-config.ts";
import type { Keystore } from "../../src/loop/keystore/types.ts";
import type { MedianProvider, RoundRequested, TransmissionDetails } from "../../src/loop/median-provider/types.ts";
import { createService } from "../../src/loop/service/component.ts";
import type { LogFields, Logger, LogLevel } from "../../transports/plugin.ts";

export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

/** A logger that keeps its lines. */
export function createTestLog(lines: LogLine[] = [], common: LogFields = {}): Logger & { readonly lines: LogLine[] } {
  const at = (level: LogLevel) => (message: string, fields?: LogFields) => {
    lines.push({ level, message, fields: { ...common, ...fields } });
  };
  return {
    lines,
    trace: at("trace"),
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    with: (fields) => createTestLog(lines, { ...common, ...fields }),
  };
}

/** The state of a contract, which the test sets. */
export interface TestContract {
  latest: TransmissionDetails;
  requested: RoundRequested;
  /** The argument of the last call of `latestRoundRequested`. */
  lookbackMs: number | undefined;
}

export function createTestContract(configDigest: Uint8Array): TestContract {
  return {
    latest: { configDigest, epoch: 0, round: 0, latestAnswer: 0n, latestTimestamp: 0 },
    requested: { configDigest: new Uint8Array(32), epoch: 0, round: 0 },
    lookbackMs: undefined,
  };
}

/** A provider for the median product with real codecs, the given contract and nothing else. */
export function createTestProvider(contract: TestContract): MedianProvider {
  const unused = async () => {
    throw new Error("not used by the median product");
  };
  return {
    ...createService("TestProvider"),
    offchainConfigDigester: { configDigest: unused, configDigestPrefix: unused },
    contractConfigTracker: { latestConfigDetails: unused, latestConfig: unused, latestBlockHeight: unused },
    contractTransmitter: { transmit: unused, latestConfigDigestAndEpoch: unused, fromAccount: unused },
    reportCodec: evmReportCodec,
    onchainConfigCodec,
    medianContract: {
      latestTransmissionDetails: async () => contract.latest,
      latestRoundRequested: async (lookbackMs) => {
        contract.lookbackMs = lookbackMs;
        return contract.requested;
      },
    },
  };
}

/** A keystore that holds the given accounts and only answers whether it holds an account. */
export function createTestKeystore(accounts: readonly string[]): Keystore {
  return {
    accounts: async () => accounts,
    sign: async (account) => {
      if (!accounts.includes(account)) throw new Error(`no such account: ${account}`);
      return new Uint8Array();
    },
    decrypt: async () => new Uint8Array(),
  };
}

/** Promises that a test settles when it is ready. */
export function never(signal?: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
