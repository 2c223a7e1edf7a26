import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sign } from "viem/accounts";
import { hexToBytes, toHex } from "viem/utils";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { evmReportHash } from "../../../src/chains/evm/report-hash.ts";
import { openSimulatedChain } from "../../../src/plugins/simulated/chain.ts";
import { createMemoryLedger } from "../../../src/plugins/simulated/ledger.ts";
import { createSimulatedPluginRelayer, createSimulatedRelayer } from "../../../src/plugins/simulated/relayer.ts";
import { createTestKeystore, createTestLog } from "../support.ts";
import { configOf, feed, reportOf, signers, tableOf as toml, transmitters } from "./support.ts";

const startMs = 1_700_000_000_000;
const relayArgs = {
  externalJobId: "1b4e28ba-2fa1-11d2-883f-0016d3cca427",
  jobId: 1,
  contractId: feed.address.toLowerCase(),
  isNew: true,
  relayConfig: new TextEncoder().encode('{"chainID":1337}'),
};
const pluginArgs = { transmitterId: transmitters[0]!.toLowerCase(), pluginConfig: new Uint8Array() };

function setup(nowMs = startMs) {
  const clock = { nowMs };
  const log = createTestLog();
  const plugin = createSimulatedPluginRelayer({ log, now: () => clock.nowMs });
  const keystore = createTestKeystore([transmitters[0]!, signers[5]!]);
  return { clock, log, plugin, keystore };
}

async function setupProvider() {
  const made = setup();
  const relayer = await made.plugin.newRelayer(toml(), made.keystore);
  const provider = await relayer.newMedianProvider(relayArgs, pluginArgs);
  const transmit = async (epoch: number, round: number, answer = 42n) => {
    const { configDigest } = await provider.contractConfigTracker.latestConfigDetails();
    const context = { reportTimestamp: { configDigest, epoch, round }, extraHash: new Uint8Array(32) };
    const report = reportOf([answer]);
    const { r, s, yParity } = await sign({
      hash: toHex(evmReportHash(context, report)),
      privateKey: toHex(0x1000, { size: 32 }),
    });
    const signature = Uint8Array.from([...hexToBytes(r), ...hexToBytes(s), yParity!]);
    await provider.contractTransmitter.transmit(context, report, [{ signature, signer: 0 }]);
  };
  return { ...made, relayer, provider, transmit };
}

describe("the simulated relayer", () => {
  it("serves the config of its TOML, under a digest that its digester confirms", async () => {
    const { provider } = await setupProvider();
    const { contractConfigTracker: tracker, offchainConfigDigester: digester } = provider;
    const { changedInBlock, configDigest } = await tracker.latestConfigDetails();
    const config = await tracker.latestConfig(changedInBlock);
    expect(config).toMatchObject({ configDigest, transmitters: [transmitters[0]], f: 0, offchainConfigVersion: 2n });
    expect(await digester.configDigest(config)).toEqual(configDigest);
    expect(configDigest[0]! * 256 + configDigest[1]!).toBe(await digester.configDigestPrefix());
    expect(await provider.onchainConfigCodec.decode(config.onchainConfig)).toEqual({ min: 10n, max: 1000n });
    expect(await tracker.latestBlockHeight()).toBeGreaterThanOrEqual(changedInBlock);
    await expect(tracker.latestConfig(changedInBlock + 1n)).rejects.toThrow("No config was set");
  });

  it("transmits reports to the contract and serves the result", async () => {
    const { provider, transmit, log } = await setupProvider();
    expect(await provider.medianContract.latestTransmissionDetails()).toMatchObject({
      epoch: 0,
      round: 0,
      latestTimestamp: 0,
    });
    await transmit(3, 2, 77n);
    expect(await provider.medianContract.latestTransmissionDetails()).toMatchObject({
      epoch: 3,
      round: 2,
      latestAnswer: 77n,
      latestTimestamp: startMs,
    });
    expect((await provider.contractTransmitter.latestConfigDigestAndEpoch()).epoch).toBe(3);
    await expect(transmit(3, 2)).rejects.toThrow("execution reverted: stale report");
    expect(log.lines.map(({ level, message }) => [level, message])).toEqual([
      ["debug", "The contract accepted a transmission"],
      ["warn", "The contract refused a transmission"],
    ]);
  });

  it("returns the transmitter as the config spells it", async () => {
    const { provider } = await setupProvider();
    expect(await provider.contractTransmitter.fromAccount()).toBe(transmitters[0]);
  });

  it("does not transmit from an account that the host's keystore does not hold", async () => {
    const { plugin, keystore } = setup();
    const relayer = await plugin.newRelayer(toml(), keystore);
    const unknownAccount = { ...pluginArgs, transmitterId: transmitters[1]! };
    await expect(relayer.newMedianProvider(relayArgs, unknownAccount)).rejects.toThrow(
      `no such account: ${transmitters[1]}`,
    );
  });

  it("serves a requested round until it is too old", async () => {
    const { keystore, clock, log } = setup();
    const now = () => clock.nowMs;
    const chain = openSimulatedChain({ chainId: 1337n, ledger: createMemoryLedger(), now });
    chain.deploy(feed);
    const relayer = createSimulatedRelayer(chain, toml(), keystore, { log, now });
    const { medianContract } = await relayer.newMedianProvider(relayArgs, pluginArgs);
    const none = { configDigest: new Uint8Array(32), epoch: 0, round: 0 };
    expect(await medianContract.latestRoundRequested(60_000)).toEqual(none);

    chain.setConfig(feed.address, configOf(1, 0));
    chain.requestNewRound(feed.address);
    clock.nowMs += 60_000;
    const { configDigest } = chain.aggregator(feed.address)!;
    expect(await medianContract.latestRoundRequested(60_000)).toEqual({ configDigest, epoch: 0, round: 0 });
    expect(configDigest).not.toEqual(none.configDigest);
    clock.nowMs += 1;
    expect(await medianContract.latestRoundRequested(60_000)).toEqual(none);
  });

  it("serves a config provider, its head and its status", async () => {
    const { relayer, clock } = await setupProvider();
    const provider = await relayer.newConfigProvider(relayArgs);
    expect((await provider.contractConfigTracker.latestConfigDetails()).changedInBlock).toBe(2n);
    clock.nowMs += 3000;
    expect(await relayer.latestHead()).toMatchObject({ height: "5", timestamp: BigInt(startMs / 1000 + 3) });
    expect(await relayer.chainStatus()).toMatchObject({ id: "1337", enabled: true });
    expect(await relayer.finalizedHead?.()).toEqual(await relayer.latestHead());
    expect(await relayer.chainInfo?.()).toEqual({
      familyName: "simulated",
      chainId: "1337",
      networkName: "simulated",
      networkNameFull: "simulated-1337",
    });
    expect(relayer.name()).toBe("PluginSimulated.1337");
  });

  it("reports the health of everything that it has made and not closed", async () => {
    const { plugin, keystore } = setup(startMs);
    const first = await plugin.newRelayer(toml(), keystore);
    const second = await plugin.newRelayer(toml(), keystore);
    const provider = await first.newMedianProvider(relayArgs, pluginArgs);
    await second.newConfigProvider(relayArgs);
    const names = async () => [...(await plugin.healthReport()).keys()];
    expect(await names()).toEqual([
      "PluginSimulated",
      "PluginSimulated.1337",
      "PluginSimulated.1337.MedianProvider",
      "PluginSimulated.1337.ConfigProvider",
    ]);
    await provider.close();
    await second.close();
    expect(await names()).toEqual(["PluginSimulated", "PluginSimulated.1337"]);
    expect((await first.newConfigProvider(relayArgs)).contractConfigTracker).toBeDefined();
  });

  it("names what it cannot use", async () => {
    const { relayer } = await setupProvider();
    const without = (changed: object) => relayer.newConfigProvider({ ...relayArgs, ...changed });
    await expect(without({ contractId: "feed" })).rejects.toThrow('Cannot use contractID "feed": it is not an address');
    await expect(without({ contractId: signers[0] })).rejects.toThrow("the simulated chain 1337 has no feed there");
    await expect(without({ relayConfig: new TextEncoder().encode('{"chainID":"1"}') })).rejects.toThrow(
      "its chainID is 1",
    );
    await expect(without({ relayConfig: Uint8Array.of(0x7b) })).rejects.toThrow(
      "Cannot read relayConfig: it is not JSON",
    );
    await expect(relayer.newMedianProvider(relayArgs, { ...pluginArgs, transmitterId: "me" })).rejects.toThrow(
      'Cannot use transmitterID "me"',
    );
  });
});

describe("the simulated chain of several instances", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "relayer-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const digestAfter = async (nowMs: number, text: string) => {
    const { plugin, keystore } = setup(nowMs);
    const relayer = await plugin.newRelayer(text, keystore);
    const { contractConfigTracker } = await relayer.newConfigProvider(relayArgs);
    return (await contractConfigTracker.latestConfigDetails()).configDigest;
  };

  it("has the same config in each with a state file", async () => {
    const text = toml(`StateFile = "${join(folder, "chain.jsonl")}"`);
    expect(await digestAfter(startMs + 5000, text)).toEqual(await digestAfter(startMs, text));
  });

  it("has a config with another digest in each without a state file, so that the new chain is not taken for the old one", async () => {
    expect(await digestAfter(startMs + 5000, toml())).not.toEqual(await digestAfter(startMs, toml()));
  });

  it("is kept for a new relayer in the same plugin", async () => {
    const { plugin, keystore } = setup();
    const digestOf = async () => {
      const relayer = await plugin.newRelayer(toml(), keystore);
      const { contractConfigTracker } = await relayer.newConfigProvider(relayArgs);
      const { configDigest } = await contractConfigTracker.latestConfigDetails();
      await relayer.close();
      return configDigest;
    };
    expect(await digestOf()).toEqual(await digestOf());
  });

  it("gets a new config when the TOML has another one", async () => {
    const text = toml(`StateFile = "${join(folder, "chain.jsonl")}"`);
    const first = await digestAfter(startMs, text);
    const second = await digestAfter(startMs + 5000, text.replace("0x0102", "0x0103"));
    expect(second).not.toEqual(first);
  });
});
