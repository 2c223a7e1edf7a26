import { Code, ConnectError } from "@connectrpc/connect";
import { privateKeyToAddress } from "viem/accounts";
import { recoverAddress, toHex } from "viem/utils";
import { afterEach, describe, expect, it } from "vitest";
import { decodeEvmReport } from "../../../src/chains/evm/median-report-codec.ts";
import { evmReportHash } from "../../../src/chains/evm/report-hash.ts";
import { encodeOnchainConfig } from "../../../src/chains/median-onchain-config.ts";
import { zeroDataSource } from "../../../src/loop/data-source/zero.ts";
import type { MedianProvider } from "../../../src/loop/median-provider/types.ts";
import type { ReportingPluginFactory } from "../../../src/loop/reporting-plugin/types.ts";
import type { LocalConfig } from "../../../src/ocr2/config/local-config.ts";
import { encodeOffchainConfig, type OffchainConfig } from "../../../src/ocr2/config/offchain-config.ts";
import { createMemoryStore } from "../../../src/ocr2/memory-store.ts";
import type { OracleEngine, OracleEngineOptions } from "../../../src/ocr2/oracle/engine.ts";
import { createSoloEngine } from "../../../src/ocr2/oracle/solo-engine.ts";
import { createMedianFactory } from "../../../src/plugins/median/factory.ts";
import { encodeMedianOffchainConfig } from "../../../src/plugins/median/offchain-config.ts";
import { openSimulatedChain } from "../../../src/plugins/simulated/chain.ts";
import { createMemoryLedger } from "../../../src/plugins/simulated/ledger.ts";
import { createSimulatedRelayer } from "../../../src/plugins/simulated/relayer.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { until } from "../../../src/testing/until.ts";
import { systemClock } from "../../../transports/time/clock.ts";
import { createTestKeystore, createTestLog, never } from "../../plugins/support.ts";
import {
  bytes,
  createInstances,
  createKeyring,
  fastLocalConfig,
  offchainConfigFor,
  recordEvents,
  settle,
} from "../support.ts";

const address = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
const transmitter = privateKeyToAddress(`0x${"77".repeat(32)}`);
const keyring = createKeyring(10);

const engines = new Set<OracleEngine>();
afterEach(async () => {
  await Promise.all([...engines].map((engine) => engine.stop()));
  engines.clear();
});

interface Setup {
  readonly offchain?: Partial<OffchainConfig>;
  readonly localConfig?: Partial<LocalConfig>;
  readonly engine?: Partial<OracleEngineOptions>;
  /** No config on the contract at first. */
  readonly unconfigured?: boolean;
  /** Stands between the engine and the product. */
  readonly wrapFactory?: (factory: ReportingPluginFactory) => ReportingPluginFactory;
  readonly wrapProvider?: (provider: MedianProvider) => MedianProvider;
}

/** One oracle with the real median product on a simulated chain, everything in this process. */
async function setup(options: Setup = {}) {
  const log = createTestLog();
  const chain = openSimulatedChain({ chainId: 1337n, ledger: createMemoryLedger() });
  const feed = { address, minAnswer: 1n, maxAnswer: 10n ** 12n, decimals: 8, description: "WIDGET / USD" } as const;
  chain.deploy(feed);
  const setConfig = (offchain: Partial<OffchainConfig> = {}, signer = keyring) =>
    chain.setConfig(address, {
      signers: [toHex(signer.onchain.publicKey)],
      transmitters: [transmitter],
      f: 0,
      onchainConfig: encodeOnchainConfig({ min: feed.minAnswer, max: feed.maxAnswer }),
      offchainConfigVersion: 2n,
      offchainConfig: encodeOffchainConfig(offchainConfigFor([signer], { ...options.offchain, ...offchain })),
    });
  if (!options.unconfigured) setConfig();

  const relayer = createSimulatedRelayer(chain, "", createTestKeystore([transmitter]), { log });
  const provider = await relayer.newMedianProvider(
    {
      externalJobId: "1b4e28ba-2fa1-11d2-883f-0016d3cca427",
      jobId: 1,
      contractId: address,
      isNew: true,
      relayConfig: bytes(0, 0),
    },
    { transmitterId: transmitter, pluginConfig: bytes(0, 0) },
  );
  const price = { value: 1000n, observe: undefined as ((signal?: AbortSignal) => Promise<bigint>) | undefined };
  const factory = createMedianFactory(
    {
      provider,
      contractId: address,
      dataSource: { observe: async (_, call) => price.observe?.(call?.signal) ?? price.value },
      juelsPerFeeCoin: { observe: async () => 7n },
      gasPriceSubunits: zeroDataSource,
      errorLog: { saveError: async () => {} },
    },
    { log },
  );
  const store = createMemoryStore();
  const createEngine = (changed: Partial<OracleEngineOptions> = {}) => {
    const engine = createSoloEngine({
      provider: options.wrapProvider?.(provider) ?? provider,
      factory: createInstances(options.wrapFactory?.(factory) ?? factory),
      keyring,
      localConfig: { ...fastLocalConfig, ...options.localConfig },
      store,
      clock: systemClock,
      log,
      ...options.engine,
      ...changed,
    });
    engines.add(engine);
    return engine;
  };
  const engine = createEngine();
  const events = recordEvents(engine);
  return { engine, createEngine, events, chain, setConfig, price, log, aggregator: () => chain.aggregator(address)! };
}

/** A factory whose plugins' calls go through `intercept` first. */
function intercepting(intercept: (call: string, number: number) => Promise<void>) {
  let made = 0;
  return (factory: ReportingPluginFactory): ReportingPluginFactory => ({
    ...factory,
    async newReportingPlugin(config, call) {
      const number = ++made;
      await intercept("newReportingPlugin", number);
      const { plugin, info } = await factory.newReportingPlugin(config, call);
      const handler: ProxyHandler<typeof plugin> = {
        get:
          (target, name: keyof typeof plugin) =>
          async (...args: never[]) => {
            await intercept(name, number);
            return (target[name] as (...args: never[]) => unknown)(...args);
          },
      };
      return { plugin: new Proxy(plugin, handler), info };
    },
  });
}

describe("one oracle alone", () => {
  it("brings answers to the contract, in strictly rising epochs and rounds", async () => {
    const { engine, events, chain, price, aggregator } = await setup();
    engine.start();
    for (let count = 1; count <= 8; count++) {
      price.value = BigInt(1000 + count);
      await events.next("transmitted");
    }
    const accepted = chain.transmissions();
    expect(accepted.every(({ refused }) => refused === undefined)).toBe(true);
    const times = accepted.map(({ epoch, round }) => epoch * 256 + round);
    expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b));
    expect(aggregator().answer).toBeGreaterThan(1000n);
    expect(await events.next("round-started")).toBeDefined();
  });

  it("begins an epoch after rMax rounds", async () => {
    const { engine, events } = await setup();
    engine.start();
    const rounds = [];
    while (rounds.length < 7) {
      const { timestamp } = await events.next("round-started");
      rounds.push([timestamp.epoch, timestamp.round]);
    }
    expect(rounds).toEqual([
      [1, 1],
      [1, 2],
      [1, 3],
      [2, 1],
      [2, 2],
      [2, 3],
      [3, 1],
    ]);
  });

  it("tells each step of a round, from the config on", async () => {
    const { engine, events, aggregator } = await setup();
    engine.start();
    await events.next("transmitted");
    const first = events.events.filter((event) => !("timestamp" in event) || event.timestamp?.round === 1);
    expect(first.map(({ type }) => type)).toEqual([
      "config-switched",
      "plugin-started",
      "round-started",
      "observed",
      "reported",
      "accepted",
      "transmitted",
    ]);
    expect(first[0]).toMatchObject({
      configDigest: aggregator().configDigest,
      configCount: 1n,
      oracleId: 0,
      n: 1,
      f: 0,
    });
  });

  it("begins after the contract's epoch when it starts again with nothing kept", async () => {
    const { engine, createEngine, events, aggregator } = await setup();
    engine.start();
    await events.next("transmitted", ({ timestamp }) => timestamp.epoch === 2);
    await engine.stop();
    const { epoch } = aggregator();
    const again = createEngine({ store: createMemoryStore() });
    const eventsAgain = recordEvents(again);
    again.start();
    expect((await eventsAgain.next("round-started")).timestamp).toMatchObject({ epoch: epoch + 1, round: 1 });
    await eventsAgain.next("transmitted");
    expect(aggregator().epoch).toBe(epoch + 1);
  });

  it("makes signatures that anybody can check", async () => {
    const sent: Parameters<MedianProvider["contractTransmitter"]["transmit"]>[] = [];
    const { engine, events } = await setup({
      wrapProvider: (provider) => ({
        ...provider,
        contractTransmitter: {
          ...provider.contractTransmitter,
          transmit: async (...args) => {
            sent.push(args);
            return provider.contractTransmitter.transmit(...args);
          },
        },
      }),
    });
    engine.start();
    await events.next("transmitted");
    const [context, report, signatures] = sent[0]!;
    const [{ signature, signer } = { signature: bytes(0, 0), signer: -1 }] = signatures;
    expect(signer).toBe(0);
    const recovered = await recoverAddress({
      hash: toHex(evmReportHash(context, report)),
      signature: { r: toHex(signature.subarray(0, 32)), s: toHex(signature.subarray(32, 64)), yParity: signature[64]! },
    });
    expect(recovered.toLowerCase()).toBe(toHex(keyring.onchain.publicKey));
    expect(decodeEvmReport(report)).toMatchObject({ observers: [0], observations: [1000n], juelsPerFeeCoin: 7n });
  });

  it("transmits nothing that the plugin does not want to report", async () => {
    const reportingPluginConfig = encodeMedianOffchainConfig({
      alphaReportInfinite: false,
      alphaReportPpb: 500_000_000n,
      alphaAcceptInfinite: true,
      alphaAcceptPpb: 0n,
      deltaCMs: 1e9,
    });
    const { engine, events, chain, price } = await setup({ offchain: { reportingPluginConfig } });
    engine.start();
    await events.next("transmitted");
    events.skip();
    await events.next("declined", ({ phase }) => phase === "report");
    await events.next("declined", ({ phase }) => phase === "report");
    expect(chain.transmissions()).toHaveLength(1);
    price.value = 1500n;
    await events.next("transmitted");
    expect(chain.aggregator(address)?.answer).toBe(1500n);
  });

  it("never transmits when the schedule has no oracles", async () => {
    const { engine, events, chain } = await setup({ offchain: { s: [] } });
    engine.start();
    await events.next("accepted");
    await events.next("accepted", ({ timestamp }) => timestamp.epoch === 2);
    expect(chain.transmissions()).toEqual([]);
  });
});

describe("when something fails, one oracle alone", () => {
  it("loses a round to a source that is too slow, not more", async () => {
    const { engine, events, price } = await setup({ offchain: { maxDurationObservationMs: 20 } });
    price.observe = never;
    engine.start();
    const failure = await events.next("failed", ({ phase }) => phase === "observation");
    expect(failure.error.message).toMatch(/Observation \(maxDurationObservation\) took longer than its 20ms/);
    await events.next("failed", ({ timestamp }) => timestamp?.round === 2);
    price.observe = undefined;
    await events.next("transmitted");
  });

  it.each(["query", "observation", "report"])("loses a round to a failing %s and starts the next", async (failing) => {
    let failures = 0;
    const { engine, events } = await setup({
      wrapFactory: intercepting(async (call) => {
        if (call === failing && failures++ < 2) throw new Error("not today");
      }),
    });
    engine.start();
    expect(await events.next("failed")).toMatchObject({ phase: failing, timestamp: { epoch: 1, round: 1 } });
    expect(await events.next("failed")).toMatchObject({ phase: failing, timestamp: { epoch: 1, round: 2 } });
    expect((await events.next("transmitted")).timestamp).toMatchObject({ epoch: 1, round: 3 });
  });

  it("loses a report to a contract that refuses, and goes on", async () => {
    let refusals = 0;
    const { engine, events } = await setup({
      wrapProvider: (provider) => ({
        ...provider,
        contractTransmitter: {
          ...provider.contractTransmitter,
          transmit: async (...args) => {
            if (refusals++ < 1) throw new Error("execution reverted: stale report");
            return provider.contractTransmitter.transmit(...args);
          },
        },
      }),
    });
    engine.start();
    expect(await events.next("failed")).toMatchObject({ phase: "transmit", timestamp: { round: 1 } });
    await events.next("transmitted");
  });

  it("does not wait for a transmission before the next round", async () => {
    const { engine, events } = await setup({
      wrapProvider: (provider) => ({
        ...provider,
        contractTransmitter: {
          ...provider.contractTransmitter,
          transmit: (_context, _report, _signatures, call) => never(call?.signal),
        },
      }),
    });
    engine.start();
    await events.next("reported", ({ timestamp }) => timestamp.epoch === 2);
    await engine.stop();
  });

  it("makes a new plugin when the old one has died in the middle of a round, and loses that round", async () => {
    let isDying = false;
    const dead = new Set<number>();
    const { engine, events } = await setup({
      wrapFactory: intercepting(async (call, number) => {
        if (isDying && call === "observation" && number === 1) dead.add(number);
        if (dead.has(number)) throw new ConnectError("plugin exited", Code.Unavailable);
      }),
    });
    engine.start();
    await events.next("transmitted");
    isDying = true;
    const { error, timestamp: lost } = await events.next("failed", ({ phase }) => phase === "observation");
    expect(error).toBeInstanceOf(ConnectError);
    await events.next("plugin-started");
    const { timestamp: next } = await events.next("round-started");
    const index = (time: { epoch: number; round: number }) => time.epoch * 3 + time.round;
    expect(index(next)).toBe(index(lost!) + 1);
    await events.next("transmitted", ({ timestamp }) => index(timestamp) === index(next));
  });

  it("waits without rounds while no plugin comes, and goes on when one does", async () => {
    let down = false;
    const { engine, events } = await setup({
      wrapFactory: intercepting(async () => {
        if (down) throw new ConnectError("plugin unavailable", Code.Unavailable);
      }),
    });
    engine.start();
    await events.next("transmitted");
    down = true;
    await events.next("failed", ({ phase }) => phase === "plugin");
    await events.next("failed", ({ phase }) => phase === "plugin");
    const started = events.events.filter(({ type }) => type === "round-started").length;
    await events.next("failed", ({ phase }) => phase === "plugin");
    expect(events.events.filter(({ type }) => type === "round-started")).toHaveLength(started);
    down = false;
    await events.next("plugin-started");
    await events.next("transmitted");
  });

  it("waits for a chain that does not answer at the start", async () => {
    let failures = 0;
    const { engine, events } = await setup({
      wrapProvider: (provider) => ({
        ...provider,
        contractTransmitter: {
          ...provider.contractTransmitter,
          fromAccount: async () => {
            if (failures++ < 1) throw new ConnectError("relayer unavailable", Code.Unavailable);
            return transmitter;
          },
        },
      }),
    });
    engine.start();
    expect(await events.next("failed")).toMatchObject({ phase: "config" });
    await events.next("transmitted");
  });
});

describe("the config of one oracle alone", () => {
  it("is waited for", async () => {
    const { engine, events, setConfig, log } = await setup({ unconfigured: true });
    engine.start();
    const isSaid = () => log.lines.some(({ message }) => message === "The contract has no config yet");
    await until("the log says that there is no config", isSaid);
    setConfig();
    await events.next("transmitted");
  });

  it("can change while rounds run: the new one begins at epoch 1 with a new plugin", async () => {
    const closed: number[] = [];
    const { engine, events, setConfig, aggregator } = await setup({
      wrapFactory: intercepting(async (call, number) => {
        if (call === "close") closed.push(number);
      }),
    });
    engine.start();
    await events.next("transmitted", ({ timestamp }) => timestamp.epoch === 3);
    const { configDigest: old } = aggregator();
    setConfig({ rMax: 100 });
    const { configDigest } = aggregator();
    expect(configDigest).not.toEqual(old);
    expect((await events.next("config-switched")).configDigest).toEqual(configDigest);
    expect((await events.next("round-started")).timestamp).toEqual({ configDigest, epoch: 1, round: 1 });
    await events.next("transmitted");
    expect(closed).toEqual([1]);
    expect(aggregator()).toMatchObject({ configDigest, epoch: 1 });
    const after = events.events.slice(events.events.findLastIndex(({ type }) => type === "config-switched"));
    const digests = after.flatMap((event) =>
      "timestamp" in event && event.timestamp ? [event.timestamp.configDigest] : [],
    );
    expect(digests).not.toContainEqual(old);
  });

  it.each<[string, Partial<OffchainConfig>, string]>([
    ["zero limits", { maxDurationReportMs: 0 }, "maxDurationReport is 0ms"],
    ["another peer ID", { peerIds: ["12D3KooWother"] }, "its peer ID for oracle 0 is"],
  ])("is refused with %s, until another comes", async (_, offchain, message) => {
    const { engine, events, setConfig } = await setup({ unconfigured: true });
    setConfig(offchain);
    engine.start();
    expect((await events.next("config-refused")).error.message).toContain(message);
    setConfig();
    await events.next("transmitted");
  });

  it("waits when the plugin cannot use its part, until another comes", async () => {
    const { engine, events, setConfig } = await setup({ unconfigured: true });
    setConfig({ reportingPluginConfig: Uint8Array.of(0xff) });
    engine.start();
    const failure = await events.next("failed", ({ phase }) => phase === "plugin");
    expect(failure.error.message).toContain("Cannot read the median offchain config");
    setConfig();
    await events.next("transmitted");
  });

  it("is refused when it is for other oracles", async () => {
    const { engine, events, setConfig } = await setup({ unconfigured: true });
    setConfig({}, createKeyring(50));
    engine.start();
    expect((await events.next("config-refused")).error.message).toContain("is not among its signers");
  });

  it("may have a Query limit of zero, in this process and with a floor elsewhere", async () => {
    const limits: (number | undefined)[] = [];
    const spying = (factory: ReportingPluginFactory): ReportingPluginFactory => ({
      ...factory,
      async newReportingPlugin(config, call) {
        const { plugin, info } = await factory.newReportingPlugin(config, call);
        const query: typeof plugin.query = async (timestamp, options) => {
          limits.push(options?.timeoutMs);
          await settle();
          return plugin.query(timestamp, options);
        };
        expect(config.maxDurationQueryMs).toBe(0);
        return { plugin: { ...plugin, query }, info };
      },
    });
    const offchain = { maxDurationQueryMs: 0 };
    const without = await setup({ offchain, wrapFactory: spying });
    without.engine.start();
    await without.events.next("transmitted");
    expect(limits.splice(0)[0]).toBe(60_000);
    await without.engine.stop();
    limits.length = 0;

    const floor = await setup({ offchain, wrapFactory: spying, localConfig: { minMaxDurationQueryMs: 100 } });
    floor.engine.start();
    await floor.events.next("round-started", ({ timestamp }) => timestamp.round === 2);
    expect(limits[0]).toBe(100);
  });
});

describe("one oracle alone that starts again", () => {
  /** A keyring that notes what it signs. */
  function noting() {
    const signed: string[] = [];
    const { onchain } = keyring;
    return {
      signed,
      keyring: {
        ...keyring,
        onchain: {
          ...onchain,
          sign: async (...args: Parameters<typeof onchain.sign>) => {
            const { epoch, round } = args[0].reportTimestamp;
            signed.push(`${epoch}/${round}`);
            return onchain.sign(...args);
          },
        },
      },
    };
  }

  it("never signs twice for one epoch and round, even when the contract has seen none", async () => {
    const { signed, keyring } = noting();
    const { engine, createEngine, events } = await setup({ offchain: { s: [] }, engine: { keyring } });
    engine.start();
    await events.next("reported", ({ timestamp }) => timestamp.epoch === 2);
    await engine.stop();
    for (let time = 2; time <= 4; time++) {
      const again = createEngine();
      const eventsAgain = recordEvents(again);
      again.start();
      await eventsAgain.next("reported");
      await again.stop();
    }
    expect(signed.length).toBeGreaterThan(6);
    expect(signed).toEqual([...new Set(signed)]);
  });

  it("runs the config that was last in force before the chain has answered", async () => {
    let isSilent = false;
    const { engine, createEngine, events, setConfig } = await setup({
      wrapProvider: (provider) => ({
        ...provider,
        contractConfigTracker: {
          ...provider.contractConfigTracker,
          latestBlockHeight: async () => {
            if (isSilent) throw new Error("no answer");
            return provider.contractConfigTracker.latestBlockHeight();
          },
        },
      }),
    });
    engine.start();
    const { configDigest } = await events.next("config-switched");
    await events.next("transmitted");
    await engine.stop();
    isSilent = true;
    const again = createEngine();
    const eventsAgain = recordEvents(again);
    again.start();
    expect((await eventsAgain.next("config-switched")).configDigest).toEqual(configDigest);
    await eventsAgain.next("transmitted");
    isSilent = false;
    setConfig({ rMax: 100 });
    expect((await eventsAgain.next("config-switched")).configDigest).not.toEqual(configDigest);
  });

  it("transmits once what was pending, and deletes what is overdue", async () => {
    const clock = createFakeClock();
    const store = createMemoryStore();
    const sent: string[] = [];
    const { createEngine } = await setup({
      // Its turn comes a minute after a report, and there is a round every ten minutes.
      offchain: { s: [0, 1], deltaStageMs: 60_000, deltaRoundMs: 600_000, deltaProgressMs: 1e6 },
      engine: { clock, store },
      wrapProvider: (provider) => ({
        ...provider,
        contractTransmitter: {
          ...provider.contractTransmitter,
          transmit: async (...args) => {
            const { epoch, round } = args[0].reportTimestamp;
            sent.push(`${epoch}/${round}`);
            return provider.contractTransmitter.transmit(...args);
          },
        },
      }),
    });
    /** Runs an oracle for some time, and tells what it has transmitted. */
    async function run(ms: number) {
      const engine = createEngine();
      engine.start();
      await clock.advance(ms);
      await engine.stop();
      return sent.splice(0);
    }
    expect(await run(30_000)).toEqual([]);
    expect(await run(29_000)).toEqual([]);
    // One second is left for the first, thirty for the second.
    expect(await run(10_000)).toEqual(["1/1"]);
    await clock.advance(30_000);
    expect(await run(30_000)).toEqual(["3/1"]);
    expect(await run(120_000)).toEqual(["4/1", "5/1"]);
    // A clock that is set back holds nothing up: neither what this oracle waits with nor what it finds in the store.
    const engine = createEngine();
    engine.start();
    await clock.advance(30_000);
    clock.set(clock.now() - 3_600_000);
    await clock.advance(35_000);
    expect(sent.splice(0)).toEqual(["6/1"]);
    await engine.stop();
    expect(await run(30_000)).toEqual([]);
    clock.set(clock.now() - 3_600_000);
    expect(await run(65_000)).toEqual(["7/1", "8/1"]);
  });

  it("waits for a store that does not take its epoch, and begins no round before", async () => {
    const store = createMemoryStore();
    let refusals = 0;
    const { engine, events } = await setup({
      engine: {
        store: {
          ...store,
          async writeState(...args) {
            if (refusals++ < 2) throw new Error("disk full");
            return store.writeState(...args);
          },
        },
      },
    });
    engine.start();
    await events.next("transmitted");
    const failed = { type: "failed", phase: "store", error: expect.objectContaining({ message: "disk full" }) };
    const begun = events.events.findIndex(({ type }) => type === "round-started");
    expect(events.events.filter(({ type }) => type === "failed")).toEqual([failed, failed]);
    expect(events.events.findLastIndex(({ type }) => type === "failed")).toBeLessThan(begun);
  });

  it("does not transmit what the store would bring back", async () => {
    const store = createMemoryStore();
    const { engine, events, chain } = await setup({
      offchain: { s: [0, 1], deltaStageMs: 1 },
      engine: { store: { ...store, deletePendingTransmission: () => Promise.reject(new Error("read-only")) } },
    });
    engine.start();
    const { phase, error } = await events.next("failed");
    expect([phase, error.message]).toEqual(["transmit", "read-only"]);
    expect(chain.transmissions()).toEqual([]);
  });

  it("does without a store that cannot tell the last config, and without one that hangs", async () => {
    const hanging = createMemoryStore();
    const { engine, events } = await setup({
      localConfig: { databaseTimeoutMs: 20 },
      engine: { store: { ...hanging, config: () => new Promise(() => {}), writeConfig: () => new Promise(() => {}) } },
    });
    engine.start();
    expect((await events.next("failed")).error.message).toBe(
      "Reading the last config (databaseTimeout) took longer than its 20ms",
    );
    await events.next("transmitted");
  });
});

describe("the engine", () => {
  it("refuses local settings out of bounds, and a negative query floor", async () => {
    await expect(setup({ localConfig: { developmentMode: "" } })).rejects.toThrow(
      "contractConfigTrackerPollIntervalMs is 5",
    );
    await expect(setup({ localConfig: { minMaxDurationQueryMs: -1 } })).rejects.toThrow("minMaxDurationQueryMs is -1");
  });

  it("stops at any time, closes its plugin, and says nothing more", async () => {
    const closed: number[] = [];
    const { engine, events, price } = await setup({
      wrapFactory: intercepting(async (call, number) => {
        if (call === "close") closed.push(number);
      }),
    });
    engine.start();
    await events.next("transmitted");
    price.observe = never;
    await events.next("round-started");
    await engine.stop();
    const { length } = events.events;
    expect(closed).toEqual([1]);
    engine.start();
    await settle();
    expect(events.events).toHaveLength(length);
  });

  it("can be stopped before it has started, and twice", async () => {
    const { engine } = await setup();
    await engine.stop();
    await engine.stop();
  });

  it("is not disturbed by a listener that fails, and forgets one that has ended", async () => {
    const { engine, events, log } = await setup();
    let heard = 0;
    const end = engine.subscribe(() => {
      heard++;
      end();
      throw new Error("listener");
    });
    engine.start();
    await events.next("transmitted");
    expect(heard).toBe(1);
    expect(log.lines.some(({ level, message }) => level === "error" && message.includes("listener"))).toBe(true);
  });
});
