/** Chainlink's median plugin and ours on what nobody thought of: random observations, random bytes, random histories. */
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { encodeOnchainConfig } from "../../../src/chains/median-onchain-config.ts";
import type { AttributedObservation } from "../../../src/loop/reporting-plugin/types.ts";
import type { ReportTimestamp } from "../../../src/loop/types.ts";
import { encodeObservation } from "../../../src/plugins/median/observation.ts";
import { maxInt192, minInt192 } from "../../../src/values/int192.ts";
import { peer } from "../peers.ts";
import { describePeer } from "../support.ts";
import {
  agreed,
  configOf,
  createScene,
  digest,
  makeFactories,
  noQuery,
  type Outcome,
  type Pair,
  type Plugins,
  refused,
  reportOf,
  startPlugins,
} from "./pair.ts";

const hour = 3_600_000;

/** The most oracles that a config can have. */
const n = 31;
const everything = encodeOnchainConfig({ min: minInt192, max: maxInt192 });

/** Few different values, so that many are equal, and any value. */
const number = fc.oneof(fc.bigInt({ min: -2n, max: 3n }), fc.bigInt({ min: minInt192, max: maxInt192 }));
const observation = fc.record(
  {
    timestamp: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 2 ** 32 - 1 })),
    value: number,
    juelsPerFeeCoin: number,
    gasPriceSubunits: number,
  },
  { requiredKeys: ["timestamp", "value", "juelsPerFeeCoin"] },
);

/** A field of protobuf as an adversary would write it: any number, any wire type, whatever the message says. */
const varint = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((value) => new BinaryWriter().uint64(value).finish()),
  fc.integer({ min: 0, max: 10 }).map((padding) => Uint8Array.from([...Array<number>(padding).fill(0x81), 1])),
);
const int192 = fc.bigInt({ min: minInt192, max: maxInt192 }).map((value) => {
  const encoded = encodeObservation({ timestamp: 0, value, juelsPerFeeCoin: 0n });
  return encoded.subarray(2, 26);
});
const text = fc
  .oneof({ weight: 3, arbitrary: int192 }, { weight: 1, arbitrary: fc.uint8Array({ maxLength: 30 }) })
  .map((bytes) => new BinaryWriter().bytes(bytes).finish());
const fixed = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const payloads: Record<number, fc.Arbitrary<Uint8Array>> = {
  [WireType.Varint]: varint,
  [WireType.Bit64]: fixed(8),
  [WireType.LengthDelimited]: text,
  [WireType.Bit32]: fixed(4),
};
const field = fc
  .oneof(
    { weight: 4, arbitrary: fc.constantFrom([1, 0], [2, 2], [3, 2], [4, 2]) },
    { weight: 1, arbitrary: fc.tuple(fc.nat(6), fc.nat(7)) },
  )
  .chain(([number = 0, wireType = 0]) =>
    (payloads[wireType] ?? fc.constant(new Uint8Array())).map((payload) => [
      ...new BinaryWriter().uint32(number * 8 + wireType).finish(),
      ...payload,
    ]),
  );
const fields = fc.array(field, { maxLength: 3 }).map((list) => list.flat());
const rawObservation = fc
  .tuple(fields, fc.option(observation), fields, fc.nat(3))
  .map(([before, whole, after, cut]) =>
    Uint8Array.from([...before, ...(whole === null ? [] : encodeObservation(whole)), ...after]).slice(
      0,
      cut === 0 ? -1 : undefined,
    ),
  );

const attributed = (list: readonly Uint8Array[]): AttributedObservation[] =>
  list.map((observation, observer) => ({ observation, observer }));

/** Alike, whichever way. */
function same<T>(pair: Pair<Outcome<T>>): void {
  if ("value" in pair.ours) agreed(pair);
  else refused(pair);
}

describePeer("chainlink-feeds", "median beside ours, at random", (name) => {
  let plugins: Plugins;
  beforeAll(async () => {
    plugins = await startPlugins(await peer(name));
  });
  afterAll(() => plugins?.[Symbol.asyncDispose]());

  it("makes the same reports of the same observations, for the same reasons, byte for byte", async () => {
    const scene = createScene();
    await using factories = await makeFactories(plugins, scene);
    const contract = fc.record({
      epoch: fc.nat(2),
      round: fc.nat(2),
      latestAnswer: number,
      ageMs: fc.constantFrom(0, 2 * hour),
      requestedEpoch: fc.nat(2),
    });
    const offchain = fc.record({
      alphaReportInfinite: fc.boolean(),
      alphaReportPpb: fc.bigInt({ min: 0n, max: 3_000_000_000n }),
      deltaCMs: fc.constantFrom(hour, 3 * hour),
    });
    const observations = fc.integer({ min: 0, max: n }).chain((count) => fc.array(observation, { maxLength: count }));
    let reports = 0;
    await fc.assert(
      fc.asyncProperty(observations, contract, offchain, fc.nat(10), async (list, seen, limits, f) => {
        const { epoch, round, latestAnswer, ageMs, requestedEpoch } = seen;
        scene.contract.latest = {
          configDigest: digest,
          epoch,
          round,
          latestAnswer,
          latestTimestamp: Date.now() - ageMs,
        };
        scene.contract.requested = { configDigest: digest, epoch: requestedEpoch, round: 1 };
        const { ask } = await factories.make(configOf(limits, { n, f, onchainConfig: everything }));
        const timestamp = { configDigest: digest, epoch: 3, round: 1 };
        const encoded = attributed(list.map(encodeObservation));
        const pair = await ask((plugin) => plugin.report(timestamp, noQuery, encoded));
        same(pair);
        if ("value" in pair.ours && pair.ours.value !== undefined) reports += 1;
      }),
      { numRuns: 200 },
    );
    expect(reports).toBeGreaterThan(20);
    const built = ({ theirs, ours }: typeof factories.calls) =>
      [theirs, ours].map((calls) =>
        calls.filter(({ method }) => method === "reportCodec.buildReport").map(({ args }) => args),
      );
    const [theirs, ours] = built(factories.calls);
    expect(theirs).toEqual(ours);
  });

  it("reads the same in observations that are any bytes", async () => {
    const scene = createScene();
    scene.contract.requested = { configDigest: digest, epoch: 9, round: 9 };
    await using factories = await makeFactories(plugins, scene);
    const { ask } = await factories.make(configOf({}, { n, f: 0, onchainConfig: everything }));
    const timestamp = { configDigest: digest, epoch: 3, round: 2 };
    await fc.assert(
      fc.asyncProperty(fc.array(rawObservation, { minLength: 1, maxLength: n }), async (list) => {
        same(await ask((plugin) => plugin.report(timestamp, noQuery, attributed(list))));
      }),
      { numRuns: 300 },
    );
  });

  it("gives the same verdicts through any history of reports and transmissions", async () => {
    const time = fc.record({ epoch: fc.nat(3), round: fc.nat(3), ours: fc.integer({ min: 0, max: 9 }) });
    const timestampOf = ({ epoch, round, ours }: { epoch: number; round: number; ours: number }): ReportTimestamp => ({
      configDigest: ours === 0 ? new Uint8Array(32).fill(8) : digest,
      epoch,
      round,
    });
    const step = fc.oneof(
      fc.record({ type: fc.constant("accept" as const), time, answer: fc.bigInt({ min: -20n, max: 20n }) }),
      fc.record({ type: fc.constant("transmit" as const), time }),
      fc.record({ type: fc.constant("chain" as const), time, answer: fc.bigInt({ min: -20n, max: 20n }) }),
    );
    const scene = createScene();
    const start = scene.contract.latest;
    await using factories = await makeFactories(plugins, scene);
    const offchain = fc.record({
      alphaAcceptInfinite: fc.boolean(),
      alphaAcceptPpb: fc.bigInt({ min: 0n, max: 2_000_000_000n }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 20 }), offchain, async (steps, limits) => {
        scene.contract.latest = { ...start, epoch: 0, round: 0 };
        const { ask } = await factories.make(configOf(limits));
        for (const step of steps) {
          const timestamp = timestampOf(step.time);
          switch (step.type) {
            case "accept":
              agreed(await ask((plugin) => plugin.shouldAcceptFinalizedReport(timestamp, reportOf(step.answer))));
              break;
            case "transmit":
              agreed(await ask((plugin) => plugin.shouldTransmitAcceptedReport(timestamp, reportOf(1n))));
              break;
            case "chain":
              scene.contract.latest = { ...start, ...timestamp, latestAnswer: step.answer };
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});
