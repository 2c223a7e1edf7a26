/**
 * Whole rounds of four oracles on a simulated chain that checks signatures as an EVM contract does: two observe through
 * Chainlink's plugin, two through ours, and each report is made by both.
 */

import { zeroAddress } from "viem";
import { afterAll, beforeAll, expect, it } from "vitest";
import { encodeOnchainConfig } from "../../../src/chains/median-onchain-config.ts";
import type { AttributedObservation } from "../../../src/loop/reporting-plugin/types.ts";
import { createService } from "../../../src/loop/service/component.ts";
import type { ReportTimestamp } from "../../../src/loop/types.ts";
import { openSimulatedChain } from "../../../src/plugins/simulated/chain.ts";
import { createMemoryLedger } from "../../../src/plugins/simulated/ledger.ts";
import { createSimulatedMedianProvider } from "../../../src/plugins/simulated/provider.ts";
import { feed, configOf as onchainConfigOf, transmitCall, transmitters } from "../../plugins/simulated/support.ts";
import { createTestKeystore, createTestLog } from "../../plugins/support.ts";
import { peer } from "../peers.ts";
import { describePeer } from "../support.ts";
import { agreed, configOf, constant, createScene, makeFactories, noQuery, type Plugins, startPlugins } from "./pair.ts";

const hour = 3_600_000;

/** A chain whose time lies two hours behind, so that an answer is old as soon as it is there. */
function openChain() {
  const now = () => Date.now() - 2 * hour;
  const chain = openSimulatedChain({ chainId: 1337n, ledger: createMemoryLedger(), now });
  chain.deploy(feed);
  chain.setConfig(feed.address, onchainConfigOf(4, 1));
  const provider = createSimulatedMedianProvider({
    service: createService("Simulated"),
    chain,
    contract: feed.address,
    now,
    transmitter: transmitters[0] ?? zeroAddress,
    keystore: createTestKeystore([]),
    log: createTestLog(),
  });
  return { chain, provider };
}

describePeer("chainlink-feeds", "median beside ours, whole rounds", (name) => {
  let plugins: Plugins;
  beforeAll(async () => {
    plugins = await startPlugins(await peer(name));
  });
  afterAll(() => plugins?.[Symbol.asyncDispose]());

  it("moves a chain's answer round by round, with the same reports byte for byte", async () => {
    const { chain, provider } = openChain();
    const configDigest = chain.aggregator(feed.address)?.configDigest ?? new Uint8Array();
    const scene = createScene({ provider });
    await using factories = await makeFactories(plugins, scene);
    const withHeartbeat = (deltaCMs: number) =>
      factories.make(
        configOf(
          { alphaReportInfinite: false, alphaReportPpb: 10_000_000n, deltaCMs },
          { configDigest, onchainConfig: encodeOnchainConfig({ min: feed.minAnswer, max: feed.maxAnswer }) },
        ),
      );
    let { ask } = await withHeartbeat(3 * hour);
    let round = 0;

    /** One round with a price for each oracle. @returns the answer that it brought to the chain */
    async function play(prices: readonly bigint[]): Promise<bigint | undefined> {
      round += 1;
      const timestamp: ReportTimestamp = { configDigest, epoch: 1, round };
      agreed(await ask((plugin) => plugin.query(timestamp)));
      const observations: AttributedObservation[] = [];
      for (const [observer, price] of prices.entries()) {
        scene.dataSource = constant(price);
        const observed = await ask((plugin) => plugin.observation(timestamp, noQuery));
        const made = observer % 2 === 0 ? observed.theirs : observed.ours;
        if (!("value" in made)) throw new Error(made.text);
        observations.push({ observation: made.value, observer });
      }
      const report = agreed(await ask((plugin) => plugin.report(timestamp, noQuery, observations)));
      if (report === undefined) return undefined;
      expect(agreed(await ask((plugin) => plugin.shouldAcceptFinalizedReport(timestamp, report)))).toBe(true);
      expect(agreed(await ask((plugin) => plugin.shouldTransmitAcceptedReport(timestamp, report)))).toBe(true);
      const calldata = await transmitCall({
        configDigest,
        epoch: 1,
        round,
        report,
        signedBy: [round % 4, (round + 1) % 4],
      });
      const receipt = await chain.transmit({ from: transmitters[0] ?? zeroAddress, to: feed.address, calldata });
      expect(agreed(await ask((plugin) => plugin.shouldAcceptFinalizedReport(timestamp, report)))).toBe(false);
      expect(agreed(await ask((plugin) => plugin.shouldTransmitAcceptedReport(timestamp, report)))).toBe(false);
      return receipt.answer;
    }

    // The first round of a config, and none without a reason after it.
    expect(await play([100n, 101n, 99n, 100n])).toBe(100n);
    expect(await play([100n, 100n, 100n, 100n])).toBeUndefined();
    // A deviation of one in a hundred. Of an even number, the upper one of the two in the middle.
    expect(await play([100n, 101n, 100n, 101n])).toBe(101n);
    // Somebody asks for a round.
    chain.requestNewRound(feed.address);
    expect(await play([101n, 101n, 101n, 101n])).toBe(101n);
    expect(await play([101n, 101n, 101n, 101n])).toBeUndefined();
    // Outside of what the contract allows, and back.
    expect(await play([9n, 9n, 9n, 1000n])).toBeUndefined();
    expect(await play([1001n, 1001n, 1001n, 12n])).toBeUndefined();
    expect(await play([9n, 10n, 10n, 5000n])).toBe(10n);
    // An answer of two hours ago is new enough for a heartbeat of three, and too old for one of one.
    expect(await play([10n, 10n, 10n, 10n])).toBeUndefined();
    ({ ask } = await withHeartbeat(hour));
    expect(await play([10n, 10n, 10n, 10n])).toBe(10n);
    expect(chain.transmissions().map(({ refused }) => refused)).toEqual(Array(5).fill(undefined));
  });
});
