/** Every branch of the median product, taken by Chainlink's plugin and by ours at the same time. */
import { setTimeout } from "node:timers/promises";
import { Code, ConnectError } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeEvmReport, evmReportCodec } from "../../../src/chains/evm/median-report-codec.ts";
import type { ReportTimestamp } from "../../../src/loop/types.ts";
import { encodeObservation, parseObservation } from "../../../src/plugins/median/observation.ts";
import { until } from "../../../src/testing/until.ts";
import { maxInt192, minInt192 } from "../../../src/values/int192.ts";
import { never } from "../../plugins/support.ts";
import { peer } from "../peers.ts";
import { describePeer } from "../support.ts";
import {
  agreed,
  configOf,
  constant,
  createScene,
  digest,
  makeFactories,
  noQuery,
  type Plugins,
  type quiet,
  refused,
  reportOf,
  type Scene,
  startPlugins,
} from "./pair.ts";

const otherDigest = new Uint8Array(32).fill(8);
const at = (epoch: number, round: number, configDigest = digest): ReportTimestamp => ({ configDigest, epoch, round });
const observed = (...values: bigint[]) =>
  values.map((value, observer) => ({
    observer,
    observation: encodeObservation({
      timestamp: 1_700_000_000 + observer,
      value,
      juelsPerFeeCoin: 50n + value,
      gasPriceSubunits: 3n,
    }),
  }));
const hour = 3_600_000;

describePeer("chainlink-feeds", "median beside ours, one call at a time", (name) => {
  let plugins: Plugins;
  beforeAll(async () => {
    plugins = await startPlugins(await peer(name));
  });
  afterAll(() => plugins?.[Symbol.asyncDispose]());

  /** A reporting plugin of each, over a scene. */
  async function setup(scene: Scene, offchain: Partial<typeof quiet> = {}) {
    const factories = await makeFactories(plugins, scene);
    const { ask, info } = await factories.make(configOf(offchain));
    return {
      ...factories,
      info,
      ask,
      report: (observations = observed(1000n, 1001n, 999n), timestamp = at(3, 2)) =>
        ask((plugin) => plugin.report(timestamp, noQuery, observations)),
      accept: (timestamp: ReportTimestamp, report: Uint8Array) =>
        ask((plugin) => plugin.shouldAcceptFinalizedReport(timestamp, report)),
      transmit: (timestamp: ReportTimestamp, report: Uint8Array) =>
        ask((plugin) => plugin.shouldTransmitAcceptedReport(timestamp, report)),
    };
  }

  describe("the factory", () => {
    it("names itself and its limits", async () => {
      await using both = await setup(createScene());
      expect(both.info.theirs).toEqual(both.info.ours);
      expect(both.info.ours.limits).toEqual({ maxQueryLength: 0, maxObservationLength: 92, maxReportLength: 288 });
    });

    it.each([
      ["an on-chain config of 3 bytes", { onchainConfig: Uint8Array.of(1, 2, 3) }],
      ["an on-chain config of another version", { onchainConfig: new Uint8Array(49).fill(2) }],
      ["an off-chain config that is not protobuf", { offchainConfig: Uint8Array.of(0xff) }],
      ["a negative heartbeat", { offchainConfig: Uint8Array.of(0x28, ...Array<number>(9).fill(0xff), 1) }],
    ])("refuses %s", async (_, changed) => {
      await using factories = await makeFactories(plugins, createScene());
      expect(refused(await factories.tryToMake(configOf({}, changed))).code).toBe("Unknown");
    });

    it("takes an empty off-chain config: every value deviates, and every answer is too old", async () => {
      const scene = createScene();
      await using factories = await makeFactories(plugins, scene);
      const { ask } = await factories.make(configOf({}, { offchainConfig: new Uint8Array() }));
      expect(agreed(await ask((plugin) => plugin.report(at(3, 2), noQuery, observed(1000n, 1000n))))).toBeDefined();
    });

    it("fails when the provider's codec fails", async () => {
      const maxReportLength = async () => Promise.reject(new ConnectError("no such chain", Code.NotFound));
      const codec = { ...evmReportCodec, maxReportLength };
      await using factories = await makeFactories(plugins, createScene({ provider: { reportCodec: codec } }));
      const { code, texts } = refused(await factories.tryToMake(configOf()));
      expect(code).toBe("NotFound");
      for (const text of texts) expect(text).toContain("no such chain");
    });
  });

  describe("an observation", () => {
    it("holds the three values, byte for byte, and the time", async () => {
      const scene = createScene({ dataSource: constant(-5n), juelsPerFeeCoin: constant(maxInt192) });
      await using both = await setup(scene);
      const before = Math.floor(Date.now() / 1000);
      const { theirs, ours } = await both.ask((plugin) => plugin.observation(at(3, 2), noQuery));
      const after = Math.floor(Date.now() / 1000);
      if (!("value" in theirs && "value" in ours)) throw new Error("refused");
      for (const { value } of [theirs, ours]) {
        const { timestamp, ...values } = parseObservation(value);
        expect(values).toEqual({ value: -5n, juelsPerFeeCoin: maxInt192, gasPriceSubunits: 9n });
        expect(timestamp).toBeGreaterThanOrEqual(before);
        expect(timestamp).toBeLessThanOrEqual(after);
      }
      // The tag of the timestamp and its five bytes aside.
      expect(Buffer.from(theirs.value.subarray(6)).toString("hex")).toBe(
        Buffer.from(ours.value.subarray(6)).toString("hex"),
      );
    });

    it("asks each source once, with the round that it is for", async () => {
      await using both = await setup(createScene());
      await both.ask((plugin) => plugin.observation(at(3, 2), noQuery));
      for (const calls of [both.calls.theirs, both.calls.ours]) {
        const asked = calls.filter(({ method }) => method.endsWith(".observe"));
        expect(asked.map(({ method, args }) => [method, ...args]).sort()).toEqual(
          ["dataSource.observe", "gasPriceSubunits.observe", "juelsPerFeeCoin.observe"].map((name) => [name, at(3, 2)]),
        );
      }
    });

    it("has a gas price of zero where the chain has none", async () => {
      await using both = await setup(createScene({ gasPriceSubunits: constant(0n) }));
      const { theirs, ours } = await both.ask((plugin) => plugin.observation(at(3, 2), noQuery));
      if (!("value" in theirs && "value" in ours)) throw new Error("refused");
      expect(theirs.value.subarray(6)).toEqual(ours.value.subarray(6));
      expect(ours.value).toHaveLength(6 + 3 * 26);
    });

    it("fails with a source's own code and text", async () => {
      for (const code of [Code.Unknown, Code.NotFound, Code.ResourceExhausted, Code.Canceled, Code.DeadlineExceeded]) {
        const failing = async () => Promise.reject(new ConnectError("the exchange is closed", code));
        await using both = await setup(createScene({ dataSource: { observe: failing } }));
        const refusal = refused(await both.ask((plugin) => plugin.observation(at(3, 2), noQuery)));
        expect(refusal.code).toBe(Code[code]);
        for (const text of refusal.texts) expect(text).toContain("the exchange is closed");
      }
    });

    it("does not take a source's Unavailable for its own", async () => {
      const failing = async () => Promise.reject(new ConnectError("the exchange is closed", Code.Unavailable));
      await using both = await setup(createScene({ dataSource: { observe: failing } }));
      expect(refused(await both.ask((plugin) => plugin.observation(at(3, 2), noQuery))).code).toBe("Unknown");
    });

    it("names all sources that failed", async () => {
      const failing = (text: string) => ({ observe: async () => Promise.reject(new Error(text)) });
      const scene = createScene({ dataSource: failing("value is gone"), gasPriceSubunits: failing("gas is gone") });
      await using both = await setup(scene);
      for (const text of refused(await both.ask((plugin) => plugin.observation(at(3, 2), noQuery))).texts) {
        expect(text).toContain("value is gone");
        expect(text).toContain("gas is gone");
      }
    });

    it.each(["dataSource", "juelsPerFeeCoin", "gasPriceSubunits"] as const)(
      "ends at its deadline when %s is slow, and the source hears of it",
      async (name) => {
        const scene = createScene();
        const heard: Promise<void>[] = [];
        scene[name] = {
          observe(_, options) {
            const over = never(options?.signal);
            heard.push(over.catch(() => {}));
            return over;
          },
        };
        await using both = await setup(scene);
        const ask = await both.ask((plugin) => plugin.observation(at(3, 2), noQuery, { timeoutMs: 200 }));
        expect(refused(ask).code).toBe("DeadlineExceeded");
        expect(heard).toHaveLength(2);
        await Promise.all(heard);
        // And the next round is as good as any.
        scene[name] = constant(7n);
        const next = await both.ask((plugin) => plugin.observation(at(3, 3), noQuery));
        expect("value" in next.theirs && "value" in next.ours).toBe(true);
      },
    );

    it("waits for a slow source also when another has failed already", async () => {
      const failing = async () => Promise.reject(new ConnectError("the exchange is closed", Code.NotFound));
      let asked = 0;
      const release = Promise.withResolvers<bigint>();
      const slow = {
        observe() {
          asked++;
          return release.promise;
        },
      };
      await using both = await setup(createScene({ dataSource: { observe: failing }, juelsPerFeeCoin: slow }));
      let answered = 0;
      const ask = both.ask((plugin) => plugin.observation(at(3, 2), noQuery).finally(() => answered++));
      await until("both were asked", () => asked === 2, { everyMs: 1 });
      // Time enough for an answer that does not wait.
      await setTimeout(100);
      expect(answered).toBe(0);
      release.resolve(1n);
      expect(refused(await ask).code).toBe("NotFound");
    });

    it.each([
      ["below int192", minInt192 - 1n],
      ["above int192", maxInt192 + 1n],
      ["far below it", -(2n ** 255n)],
      ["far above it", 2n ** 300n],
    ])("is refused for a value %s", async (_, value) => {
      for (const name of ["dataSource", "juelsPerFeeCoin", "gasPriceSubunits"] as const) {
        const scene = createScene();
        scene[name] = constant(value);
        await using both = await setup(scene);
        expect(refused(await both.ask((plugin) => plugin.observation(at(3, 2), noQuery))).code).toBe("Unknown");
      }
    });
  });

  describe("a query", () => {
    it("is empty, and any other is refused", async () => {
      await using both = await setup(createScene());
      expect(agreed(await both.ask((plugin) => plugin.query(at(3, 2))))).toHaveLength(0);
      const query = Uint8Array.of(1);
      expect(refused(await both.ask((plugin) => plugin.observation(at(3, 2), query))).code).toBe("Unknown");
      expect(refused(await both.ask((plugin) => plugin.report(at(3, 2), query, observed(1n, 2n)))).code).toBe(
        "Unknown",
      );
    });
  });

  describe("a report", () => {
    it("is made in the first round of a config, and not because another config has had none", async () => {
      const scene = createScene();
      await using both = await setup(scene);
      scene.contract.latest = { ...scene.contract.latest, epoch: 0, round: 0 };
      const report = agreed(await both.report());
      expect(decodeEvmReport(report!).observations).toEqual([999n, 1000n, 1001n]);
      scene.contract.latest = { ...scene.contract.latest, configDigest: otherDigest };
      expect(agreed(await both.report())).toBeUndefined();
    });

    it("is made when the answer deviates by the threshold, and not by less", async () => {
      const scene = createScene();
      await using both = await setup(scene, { alphaReportInfinite: false, alphaReportPpb: 5_000_000n });
      expect(agreed(await both.report(observed(1004n, 1004n)))).toBeUndefined();
      expect(agreed(await both.report(observed(1005n, 1005n)))).toBeDefined();
      expect(agreed(await both.report(observed(995n, 995n)))).toBeDefined();
      expect(agreed(await both.report(observed(996n, 996n)))).toBeUndefined();
      scene.contract.latest = { ...scene.contract.latest, latestAnswer: 0n };
      expect(agreed(await both.report(observed(1n, 1n)))).toBeDefined();
    });

    it("is made for every value when the threshold is zero", async () => {
      await using both = await setup(createScene(), { alphaReportInfinite: false });
      expect(agreed(await both.report(observed(1000n, 1000n)))).toBeDefined();
    });

    it("is made when the answer is older than the heartbeat", async () => {
      const scene = createScene();
      await using both = await setup(scene, { deltaCMs: hour });
      expect(agreed(await both.report())).toBeUndefined();
      scene.contract.latest = { ...scene.contract.latest, latestTimestamp: Date.now() - 2 * hour };
      expect(agreed(await both.report())).toBeDefined();
      expect(
        both.calls.theirs.findLast(({ method }) => method === "medianContract.latestRoundRequested")?.args,
      ).toEqual([hour]);
    });

    it("is made when a round is requested that the contract has not had yet", async () => {
      const scene = createScene();
      await using both = await setup(scene);
      scene.contract.requested = at(3, 1, otherDigest);
      expect(agreed(await both.report())).toBeUndefined();
      scene.contract.requested = at(3, 0);
      expect(agreed(await both.report())).toBeUndefined();
      scene.contract.requested = at(3, 1);
      expect(agreed(await both.report())).toBeDefined();
      scene.contract.requested = at(4, 0);
      expect(agreed(await both.report())).toBeDefined();
    });

    it.each([
      ["below the minimum", [0n, -1n, 5n, -3n], undefined],
      ["at the minimum", [1n, -1n, 5n, -3n], 1n],
      ["above the maximum", [1_000_001n, 1_000_001n, 5n], undefined],
      ["at the maximum", [1_000_000n, 1_000_001n, 5n], 1_000_000n],
    ] as const)("is made or not for an answer %s", async (_, values, answer) => {
      const scene = createScene();
      scene.contract.requested = at(3, 1);
      await using both = await setup(scene);
      const report = agreed(await both.report(observed(...values)));
      const { observations } = report === undefined ? { observations: [] } : decodeEvmReport(report);
      expect(observations[Math.floor(observations.length / 2)]).toBe(answer);
    });

    it("is made of the observations that can be read, if there are f + 1", async () => {
      const scene = createScene();
      scene.contract.requested = at(3, 1);
      await using both = await setup(scene);
      const broken = [
        { observer: 2, observation: new Uint8Array() },
        { observer: 3, observation: Uint8Array.of(0xff, 1, 2) },
      ];
      const report = agreed(await both.report([...broken, ...observed(5n, 4n)]));
      expect(decodeEvmReport(report!).observers).toEqual([1, 0]);
      expect(refused(await both.report([...broken, ...observed(5n)])).code).toBe("Unknown");
      expect(refused(await both.report([])).code).toBe("Unknown");
    });

    it("fails when it would be longer than the codec has said", async () => {
      const scene = createScene();
      scene.contract.requested = at(3, 1);
      await using both = await setup(scene);
      expect(refused(await both.report(observed(1n, 2n, 3n, 4n, 5n))).code).toBe("Unknown");
    });

    it("fails when the chain cannot be read, with the chain's own code and text", async () => {
      const failing = async () => Promise.reject(new ConnectError("no node answers", Code.Aborted));
      const fresh = createScene();
      for (const broken of ["latestTransmissionDetails", "latestRoundRequested"] as const) {
        const medianContract = {
          latestTransmissionDetails: async () => fresh.contract.latest,
          latestRoundRequested: async () => fresh.contract.requested,
          [broken]: failing,
        };
        await using both = await setup(createScene({ provider: { medianContract } }));
        const { code, texts } = refused(await both.report());
        expect(code).toBe("Aborted");
        for (const text of texts) expect(text).toContain("no node answers");
      }
    });
  });

  describe("a finalized report", () => {
    it("is accepted once", async () => {
      await using both = await setup(createScene());
      expect(agreed(await both.accept(at(3, 2), reportOf(1000n)))).toBe(true);
      expect(agreed(await both.accept(at(3, 2), reportOf(1000n)))).toBe(false);
      expect(agreed(await both.accept(at(3, 1), reportOf(1000n)))).toBe(false);
    });

    it("is not accepted when the chain has it already, or has another config", async () => {
      const scene = createScene();
      await using both = await setup(scene);
      expect(agreed(await both.accept(at(3, 1), reportOf(1000n)))).toBe(false);
      expect(agreed(await both.accept(at(2, 9), reportOf(1000n)))).toBe(false);
      scene.contract.latest = { ...scene.contract.latest, configDigest: otherDigest };
      expect(agreed(await both.accept(at(9, 9), reportOf(1000n)))).toBe(false);
    });

    it("is accepted beside one that is pending only when it deviates enough", async () => {
      const scene = createScene();
      await using both = await setup(scene, { alphaAcceptInfinite: false, alphaAcceptPpb: 10_000_000n });
      expect(agreed(await both.accept(at(3, 2), reportOf(1000n)))).toBe(true);
      expect(agreed(await both.accept(at(3, 3), reportOf(1009n)))).toBe(false);
      expect(agreed(await both.accept(at(3, 4), reportOf(1010n)))).toBe(true);
      expect(agreed(await both.accept(at(3, 5), reportOf(1010n)))).toBe(false);
      scene.contract.latest = { ...scene.contract.latest, round: 4, latestAnswer: 1010n };
      expect(agreed(await both.accept(at(3, 5), reportOf(1010n)))).toBe(true);
    });

    it("is not accepted when it is too long", async () => {
      await using both = await setup(createScene());
      expect(agreed(await both.accept(at(3, 2), reportOf(1n, 2n, 3n, 4n, 5n)))).toBe(false);
    });

    it("is refused when it is garbage, with the codec's own text", async () => {
      await using both = await setup(createScene());
      const { code, texts } = refused(await both.accept(at(3, 2), Uint8Array.of(1, 2, 3)));
      expect(code).toBe("Unknown");
      for (const text of texts) expect(text).toContain("the bytes are not an EVM median report");
    });

    it("is transmitted while the chain has nothing newer, even when it is garbage", async () => {
      const scene = createScene();
      await using both = await setup(scene);
      expect(agreed(await both.transmit(at(3, 2), reportOf(1000n)))).toBe(true);
      expect(agreed(await both.transmit(at(3, 2), Uint8Array.of(1, 2, 3)))).toBe(true);
      expect(agreed(await both.transmit(at(3, 1), reportOf(1000n)))).toBe(false);
      scene.contract.latest = { ...scene.contract.latest, epoch: 4, round: 0 };
      expect(agreed(await both.transmit(at(3, 200), reportOf(1000n)))).toBe(false);
      scene.contract.latest = { ...scene.contract.latest, configDigest: otherDigest, epoch: 0 };
      expect(agreed(await both.transmit(at(3, 200), reportOf(1000n)))).toBe(false);
    });
  });
});
