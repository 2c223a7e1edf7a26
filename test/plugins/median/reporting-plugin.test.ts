import { describe, expect, it } from "vitest";
import { decodeEvmReport, encodeEvmReport } from "../../../src/chains/evm/median-report-codec.ts";
import { encodeOnchainConfig } from "../../../src/chains/median-onchain-config.ts";
import type { DataSource } from "../../../src/loop/data-source/types.ts";
import { zeroDataSource } from "../../../src/loop/data-source/zero.ts";
import type { ReportTimestamp } from "../../../src/loop/types.ts";
import { createMedianFactory } from "../../../src/plugins/median/factory.ts";
import { encodeObservation, parseObservation } from "../../../src/plugins/median/observation.ts";
import { encodeMedianOffchainConfig, type MedianOffchainConfig } from "../../../src/plugins/median/offchain-config.ts";
import { maxInt192 } from "../../../src/values/int192.ts";
import { createTestContract, createTestLog, createTestProvider, never } from "../support.ts";

const digest = new Uint8Array(32).fill(7);
const otherDigest = new Uint8Array(32).fill(8);
const noQuery = new Uint8Array();
const startMs = 1_700_000_000_000;
const quiet: MedianOffchainConfig = {
  alphaReportInfinite: true,
  alphaReportPpb: 0n,
  alphaAcceptInfinite: true,
  alphaAcceptPpb: 0n,
  deltaCMs: 60_000,
};

const at = (epoch: number, round: number, configDigest = digest): ReportTimestamp => ({ configDigest, epoch, round });
const constant = (value: bigint): DataSource => ({ observe: async () => value });

interface SetupOptions {
  readonly offchainConfig?: Partial<MedianOffchainConfig>;
  readonly f?: number;
  readonly min?: bigint;
  readonly max?: bigint;
  readonly dataSource?: DataSource;
  readonly juelsPerFeeCoin?: DataSource;
  readonly gasPriceSubunits?: DataSource;
}

/** A reporting plugin under one config, with a contract that the test changes and whose answer is fresh. */
async function setup(options: SetupOptions = {}) {
  const clock = { nowMs: startMs };
  const contract = createTestContract(digest);
  contract.latest = { configDigest: digest, epoch: 3, round: 1, latestAnswer: 1000n, latestTimestamp: startMs };
  const log = createTestLog();
  const saved: string[] = [];
  const factory = createMedianFactory(
    {
      provider: createTestProvider(contract),
      contractId: "0xfeed",
      dataSource: options.dataSource ?? constant(1000n),
      juelsPerFeeCoin: options.juelsPerFeeCoin ?? constant(50n),
      gasPriceSubunits: options.gasPriceSubunits ?? zeroDataSource,
      errorLog: { saveError: async (message) => void saved.push(message) },
    },
    { log, now: () => clock.nowMs },
  );
  const { plugin, info } = await factory.newReportingPlugin({
    configDigest: digest,
    oracleId: 0,
    n: 4,
    f: options.f ?? 1,
    onchainConfig: encodeOnchainConfig({ min: options.min ?? 1n, max: options.max ?? 1_000_000n }),
    offchainConfig: encodeMedianOffchainConfig({ ...quiet, ...options.offchainConfig }),
    estimatedRoundIntervalMs: 1000,
    maxDurationQueryMs: 0,
    maxDurationObservationMs: 100,
    maxDurationReportMs: 100,
    maxDurationShouldAcceptFinalizedReportMs: 100,
    maxDurationShouldTransmitAcceptedReportMs: 100,
  });
  return { plugin, info, contract, clock, log, saved };
}

const observationsOf = (...values: bigint[]) =>
  values.map((value, observer) => ({
    observer,
    observation: encodeObservation({ timestamp: startMs / 1000, value, juelsPerFeeCoin: 50n }),
  }));

const reportOf = (...observations: bigint[]) =>
  encodeEvmReport({
    timestamp: 1,
    observers: observations.map((_, index) => index),
    observations,
    juelsPerFeeCoin: 1n,
  });

describe("the median reporting plugin", () => {
  it("declares its name, its limits, and that reports need not be unique", async () => {
    const { info } = await setup();
    expect(info).toEqual({
      name: "NumericalMedian",
      uniqueReports: false,
      limits: { maxQueryLength: 0, maxObservationLength: 92, maxReportLength: 160 + 32 * 4 },
    });
  });

  it("has an empty query and refuses any other", async () => {
    const { plugin } = await setup();
    expect(await plugin.query(at(3, 2))).toHaveLength(0);
    await expect(plugin.observation(at(3, 2), Uint8Array.of(1))).rejects.toThrow("it must be empty but has 1 bytes");
    await expect(plugin.report(at(3, 2), Uint8Array.of(1), observationsOf(1n, 2n))).rejects.toThrow("must be empty");
  });
});

describe("an observation", () => {
  it("holds the values of the sources and the time in seconds", async () => {
    const { plugin, clock } = await setup({ dataSource: constant(-5n), gasPriceSubunits: constant(9n) });
    clock.nowMs = startMs + 1999;
    expect(parseObservation(await plugin.observation(at(3, 2), noQuery))).toEqual({
      timestamp: startMs / 1000 + 1,
      value: -5n,
      juelsPerFeeCoin: 50n,
      gasPriceSubunits: 9n,
    });
  });

  it("has a gas price unless the source is the constant zero itself", async () => {
    const without = await (await setup({ gasPriceSubunits: zeroDataSource })).plugin.observation(at(3, 2), noQuery);
    const withZero = await (await setup({ gasPriceSubunits: constant(0n) })).plugin.observation(at(3, 2), noQuery);
    expect(withZero.length - without.length).toBe(26);
  });

  it("asks all sources at once, each with the call's deadline", async () => {
    const asked: unknown[] = [];
    const all = Promise.withResolvers<void>();
    const source: DataSource = {
      // Answers only when all three have been asked: one after the other would never end.
      observe: async (timestamp, options) => {
        asked.push([timestamp.round, options?.timeoutMs]);
        if (asked.length === 3) all.resolve();
        await all.promise;
        return 1n;
      },
    };
    const { plugin } = await setup({ dataSource: source, juelsPerFeeCoin: source, gasPriceSubunits: source });
    await plugin.observation(at(3, 2), noQuery, { timeoutMs: 77 });
    expect(asked).toEqual([
      [2, 77],
      [2, 77],
      [2, 77],
    ]);
  });

  it.each(["dataSource", "juelsPerFeeCoin", "gasPriceSubunits"] as const)(
    "fails as a whole when %s fails, and says which source it was",
    async (name) => {
      const failing: DataSource = { observe: async () => Promise.reject(new Error("no price today")) };
      const { plugin } = await setup({ [name]: failing });
      const shown = name === "dataSource" ? "value" : name;
      await expect(plugin.observation(at(3, 2), noQuery)).rejects.toThrow(`Cannot observe ${shown}: no price today`);
    },
  );

  it("names every source that failed, even one that fails long after the first", async () => {
    const late = Promise.withResolvers<bigint>();
    const { plugin } = await setup({
      dataSource: { observe: async () => Promise.reject(new Error("no price today")) },
      gasPriceSubunits: { observe: () => late.promise },
    });
    const observation = plugin.observation(at(3, 2), noQuery);
    late.reject(new Error("no gas either"));
    await expect(observation).rejects.toThrow(
      "Cannot observe value: no price today; Cannot observe gasPriceSubunits: no gas either",
    );
  });

  it("fails on a number outside int192 and on a value that is not a number", async () => {
    const large = await setup({ dataSource: constant(maxInt192 + 1n) });
    await expect(large.plugin.observation(at(3, 2), noQuery)).rejects.toThrow("Cannot observe value");
    const none = await setup({ juelsPerFeeCoin: { observe: async () => null as unknown as bigint } });
    await expect(none.plugin.observation(at(3, 2), noQuery)).rejects.toThrow("the source answered null");
  });

  it("ends with the caller's deadline when a source hangs", async () => {
    const { plugin } = await setup({ dataSource: { observe: (_, options) => never(options?.signal) } });
    const caller = new AbortController();
    const observation = plugin.observation(at(3, 2), noQuery, { signal: caller.signal });
    caller.abort(new Error("out of time"));
    await expect(observation).rejects.toThrow("Cannot observe value: out of time");
  });
});

describe("a report", () => {
  const anyDeviation = { alphaReportInfinite: false, alphaReportPpb: 0n };
  const median = async (values: bigint[], options: SetupOptions = {}) => {
    const { plugin } = await setup({ offchainConfig: anyDeviation, min: -1000n, ...options });
    const report = await plugin.report(at(3, 2), noQuery, observationsOf(...values));
    return report && decodeEvmReport(report).observations[Math.floor(values.length / 2)];
  };

  it("holds the middle value, the upper one of two", async () => {
    expect(await median([30n, 10n, 20n])).toBe(20n);
    expect(await median([40n, 10n, 30n, 20n])).toBe(30n);
    expect(await median([-5n, 5n, -10n])).toBe(-5n);
    expect(await median([-5n, -7n])).toBe(-5n);
  });

  it("drops observations that cannot be read, and needs more than f that can", async () => {
    const { plugin, log } = await setup({ offchainConfig: anyDeviation });
    const broken = { observer: 2, observation: Uint8Array.of(1, 2, 3) };
    const report = await plugin.report(at(3, 2), noQuery, [broken, ...observationsOf(10n, 20n)]);
    expect(decodeEvmReport(report!).observations).toEqual([10n, 20n]);
    expect(log.lines.filter(({ level }) => level === "warn")).toMatchObject([{ fields: { observer: 2 } }]);
    await expect(plugin.report(at(3, 2), noQuery, [broken, ...observationsOf(10n)])).rejects.toThrow(
      "only 1 of 2 observations can be read, f + 1 = 2 are needed",
    );
  });

  it("is not made when the median is out of bounds, which is warned of, and is no error of the job", async () => {
    const { plugin, log, saved } = await setup({ offchainConfig: anyDeviation, min: 10n, max: 20n });
    expect(await plugin.report(at(3, 2), noQuery, observationsOf(21n, 21n))).toBeUndefined();
    expect(await plugin.report(at(3, 2), noQuery, observationsOf(9n, 9n))).toBeUndefined();
    const message = "No report: the median is outside the contract's bounds";
    expect(log.lines.filter(({ level }) => level === "warn")).toMatchObject([
      { message, fields: { answer: 21n, min: 10n, max: 20n } },
      { message, fields: { answer: 9n } },
    ]);
    expect(saved).toEqual([]);
    expect(await plugin.report(at(3, 2), noQuery, observationsOf(20n, 20n))).toBeDefined();
    expect(await plugin.report(at(3, 2), noQuery, observationsOf(10n, 10n))).toBeDefined();
  });

  it("is told at info, with why it is made or not", async () => {
    const { plugin, log } = await setup({
      offchainConfig: { alphaReportInfinite: false, alphaReportPpb: 500_000_000n },
    });
    await plugin.report(at(3, 2), noQuery, observationsOf(1000n, 1000n));
    await plugin.report(at(3, 2), noQuery, observationsOf(1500n, 1500n));
    const no = { isFirstRound: false, hasDeviated: false, isHeartbeatOver: false, isRequested: false };
    expect(log.lines.filter(({ level }) => level === "info")).toMatchObject([
      { message: "No report is due", fields: { answer: 1000n, ...no } },
      { message: "A report is due", fields: { answer: 1500n, ...no, hasDeviated: true } },
    ]);
  });

  it("fails when the chain cannot be read", async () => {
    const { plugin, contract } = await setup();
    Object.defineProperty(contract, "latest", {
      get() {
        throw new Error("no node answers");
      },
    });
    await expect(plugin.report(at(3, 2), noQuery, observationsOf(1n, 2n))).rejects.toThrow(
      "Cannot read the contract's state: no node answers",
    );
  });

  it("asks for requested rounds as far back as the heartbeat", async () => {
    const { plugin, contract } = await setup();
    await plugin.report(at(3, 2), noQuery, observationsOf(1000n, 1000n));
    expect(contract.lookbackMs).toBe(60_000);
  });
});

describe("without a reason", () => {
  it("there is no report", async () => {
    const { plugin } = await setup();
    expect(await plugin.report(at(3, 2), noQuery, observationsOf(5000n, 5000n))).toBeUndefined();
  });
});

describe("the first round", () => {
  it("is a reason under our config", async () => {
    const { plugin, contract } = await setup();
    contract.latest = { ...contract.latest, epoch: 0, round: 0 };
    expect(await plugin.report(at(1, 1), noQuery, observationsOf(1000n, 1000n))).toBeDefined();
  });

  it("is not a reason under another config or after any report", async () => {
    const { plugin, contract } = await setup();
    contract.latest = { ...contract.latest, configDigest: otherDigest, epoch: 0, round: 0 };
    expect(await plugin.report(at(1, 1), noQuery, observationsOf(1000n, 1000n))).toBeUndefined();
    contract.latest = { ...contract.latest, configDigest: digest, epoch: 0, round: 1 };
    expect(await plugin.report(at(1, 1), noQuery, observationsOf(1000n, 1000n))).toBeUndefined();
  });
});

describe("a deviation", () => {
  const halfPercent = { alphaReportInfinite: false, alphaReportPpb: 5_000_000n };

  it("is a reason from the threshold on", async () => {
    const { plugin } = await setup({ offchainConfig: halfPercent });
    expect(await plugin.report(at(3, 2), noQuery, observationsOf(1004n, 1004n))).toBeUndefined();
    expect(await plugin.report(at(3, 2), noQuery, observationsOf(1005n, 1005n))).toBeDefined();
    expect(await plugin.report(at(3, 2), noQuery, observationsOf(995n, 995n))).toBeDefined();
  });

  it("is never a reason when the threshold is infinite", async () => {
    const { plugin } = await setup({ offchainConfig: { ...halfPercent, alphaReportInfinite: true } });
    expect(await plugin.report(at(3, 2), noQuery, observationsOf(900_000n, 900_000n))).toBeUndefined();
  });
});

describe("the heartbeat", () => {
  it("is a reason once the answer is older than deltaC, but not at deltaC", async () => {
    const { plugin, clock } = await setup();
    clock.nowMs = startMs + 60_000;
    expect(await plugin.report(at(3, 2), noQuery, observationsOf(1000n, 1000n))).toBeUndefined();
    clock.nowMs += 1;
    expect(await plugin.report(at(3, 2), noQuery, observationsOf(1000n, 1000n))).toBeDefined();
  });
});

describe("a requested round", () => {
  it("is a reason until the contract has a later report", async () => {
    const { plugin, contract } = await setup();
    contract.requested = { configDigest: digest, epoch: 3, round: 1 };
    expect(await plugin.report(at(3, 2), noQuery, observationsOf(1000n, 1000n))).toBeDefined();
    contract.latest = { ...contract.latest, round: 2 };
    expect(await plugin.report(at(3, 3), noQuery, observationsOf(1000n, 1000n))).toBeUndefined();
  });

  it("is not a reason under another config", async () => {
    const { plugin, contract } = await setup();
    contract.requested = { configDigest: otherDigest, epoch: 9, round: 1 };
    expect(await plugin.report(at(3, 2), noQuery, observationsOf(1000n, 1000n))).toBeUndefined();
  });
});

describe("accepting a report", () => {
  const tenPercent = { alphaAcceptInfinite: false, alphaAcceptPpb: 100_000_000n };

  it("happens once, when nothing is pending", async () => {
    const { plugin } = await setup();
    expect(await plugin.shouldAcceptFinalizedReport(at(3, 2), reportOf(1000n))).toBe(true);
    expect(await plugin.shouldAcceptFinalizedReport(at(3, 2), reportOf(1000n))).toBe(false);
  });

  it("is refused when the contract has the report already, and under another config", async () => {
    const { plugin, contract } = await setup();
    expect(await plugin.shouldAcceptFinalizedReport(at(3, 1), reportOf(1000n))).toBe(false);
    contract.latest = { ...contract.latest, configDigest: otherDigest };
    expect(await plugin.shouldAcceptFinalizedReport(at(3, 2), reportOf(1000n))).toBe(false);
  });

  it("needs a deviation from the pending one, at the threshold or above", async () => {
    const { plugin } = await setup({ offchainConfig: tenPercent });
    expect(await plugin.shouldAcceptFinalizedReport(at(3, 2), reportOf(1000n))).toBe(true);
    expect(await plugin.shouldAcceptFinalizedReport(at(3, 3), reportOf(1099n))).toBe(false);
    expect(await plugin.shouldAcceptFinalizedReport(at(3, 4), reportOf(1100n))).toBe(true);
    // The next report is compared with the one just accepted.
    expect(await plugin.shouldAcceptFinalizedReport(at(3, 5), reportOf(1200n))).toBe(false);
  });

  it("never happens while a report is pending and the threshold is infinite, but again when it has arrived", async () => {
    const { plugin, contract } = await setup();
    expect(await plugin.shouldAcceptFinalizedReport(at(3, 2), reportOf(1000n))).toBe(true);
    expect(await plugin.shouldAcceptFinalizedReport(at(3, 3), reportOf(9999n))).toBe(false);
    contract.latest = { ...contract.latest, round: 2 };
    expect(await plugin.shouldAcceptFinalizedReport(at(3, 3), reportOf(9999n))).toBe(true);
  });

  it("is refused when the report is too long, and fails when it cannot be read", async () => {
    const { plugin } = await setup();
    expect(await plugin.shouldAcceptFinalizedReport(at(3, 2), new Uint8Array(160 + 32 * 5))).toBe(false);
    await expect(plugin.shouldAcceptFinalizedReport(at(3, 2), Uint8Array.of(1))).rejects.toThrow(
      "Cannot read the report",
    );
  });

  it("happens for one of two equal reports that arrive at the same time", async () => {
    const { plugin } = await setup();
    const answers = await Promise.all([
      plugin.shouldAcceptFinalizedReport(at(3, 2), reportOf(1000n)),
      plugin.shouldAcceptFinalizedReport(at(3, 2), reportOf(1000n)),
    ]);
    expect(answers.toSorted()).toEqual([false, true]);
  });
});

describe("transmitting an accepted report", () => {
  it("is right as long as the contract is behind it, under the same config", async () => {
    const { plugin, contract } = await setup();
    expect(await plugin.shouldTransmitAcceptedReport(at(3, 2), reportOf(1n))).toBe(true);
    expect(await plugin.shouldTransmitAcceptedReport(at(4, 1), reportOf(1n))).toBe(true);
    expect(await plugin.shouldTransmitAcceptedReport(at(3, 1), reportOf(1n))).toBe(false);
    contract.latest = { ...contract.latest, configDigest: otherDigest };
    expect(await plugin.shouldTransmitAcceptedReport(at(3, 2), reportOf(1n))).toBe(false);
  });
});
