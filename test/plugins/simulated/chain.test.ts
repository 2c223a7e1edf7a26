import { encodeAbiParameters, encodeFunctionData, hexToBytes, toHex } from "viem/utils";
import { describe, expect, it } from "vitest";
import { evmConfigDigest } from "../../../src/chains/evm/config-digest.ts";
import { decodeTransmitCall } from "../../../src/chains/evm/transmit-call.ts";
import { openSimulatedChain } from "../../../src/plugins/simulated/chain.ts";
import { createMemoryLedger } from "../../../src/plugins/simulated/ledger.ts";
import { type CallOptions, configOf, feed, reportOf, signers, transmitCall, transmitters } from "./support.ts";

const startMs = 1_700_000_000_000;

function openChain() {
  const clock = { nowMs: startMs };
  const chain = openSimulatedChain({ chainId: 1337n, ledger: createMemoryLedger(), now: () => clock.nowMs });
  chain.deploy(feed);
  return { chain, clock, feedNow: () => chain.aggregator(feed.address)! };
}

/** A chain with four oracles, one of which may be faulty. */
function openConfiguredChain() {
  const opened = openChain();
  opened.chain.setConfig(feed.address, configOf(4, 1));
  const { configDigest } = opened.feedNow();
  const transmit = async (options: Partial<CallOptions> = {}, from = transmitters[0]!) =>
    opened.chain.transmit({ from, to: feed.address, calldata: await transmitCall({ configDigest, ...options }) });
  return { ...opened, configDigest, transmit };
}

describe("setConfig", () => {
  it("stores the config under the digest that the digester computes, and counts it", () => {
    const { chain, feedNow } = openChain();
    expect([...feedNow().configDigest]).toEqual(new Array(32).fill(0));
    chain.setConfig(feed.address, configOf(4, 1));
    chain.setConfig(feed.address, configOf(5, 1));
    const [first, second] = feedNow().configs;
    expect(first?.config.configCount).toBe(1n);
    expect(second?.config).toMatchObject({ configCount: 2n, f: 1, transmitters: transmitters.slice(0, 5) });
    expect(second?.config.signers).toEqual(signers.slice(0, 5).map((signer) => hexToBytes(signer)));
    expect(second!.block.number).toBe(first!.block.number + 1n);
    expect(feedNow().configDigest).toEqual(evmConfigDigest(1337n, feed.address, second!.config));
  });

  it("sets epoch and round back and keeps the answer", async () => {
    const { chain, feedNow, transmit } = openConfiguredChain();
    await transmit({ epoch: 7, round: 3 });
    expect(feedNow()).toMatchObject({ epoch: 7, round: 3, answer: 200n });
    chain.setConfig(feed.address, configOf(4, 1));
    expect(feedNow()).toMatchObject({ epoch: 0, round: 0, answer: 200n, answerTimestamp: startMs / 1000 });
  });

  it.each([
    ["too many oracles", configOf(32, 1)],
    ["oracle length mismatch", configOf(4, 1, { transmitters: transmitters.slice(0, 3) })],
    ["faulty-oracle f too high", configOf(3, 1)],
    ["faulty-oracle f too high", configOf(0, 0)],
    ["invalid onchainConfig", configOf(4, 1, { onchainConfig: new Uint8Array(49) })],
    ["repeated signer address", configOf(4, 1, { signers: [signers[0]!, signers[1]!, signers[2]!, signers[0]!] })],
    [
      "repeated transmitter address",
      configOf(4, 1, { transmitters: [transmitters[0]!, transmitters[1]!, transmitters[1]!, transmitters[3]!] }),
    ],
  ])("is refused with %j, and nothing changes", (reason, config) => {
    const { chain, feedNow, configDigest } = openConfiguredChain();
    expect(() => chain.setConfig(feed.address, config)).toThrow(`execution reverted: ${reason}`);
    expect(feedNow().configDigest).toEqual(configDigest);
    expect(feedNow().configs).toHaveLength(1);
  });

  it("checks in the contract's order", () => {
    const { chain } = openChain();
    const allWrong = configOf(32, 255, { transmitters: [], onchainConfig: new Uint8Array() });
    expect(() => chain.setConfig(feed.address, allWrong)).toThrow("too many oracles");
    expect(() => chain.setConfig(feed.address, { ...allWrong, signers: [] })).toThrow("faulty-oracle f too high");
  });

  it("lets one oracle run alone, where the EVM contract says f must be positive", async () => {
    const { chain, feedNow } = openChain();
    chain.setConfig(feed.address, configOf(1, 0));
    const { configDigest } = feedNow();
    const calldata = await transmitCall({ configDigest, signedBy: [0], observations: [42n] });
    await chain.transmit({ from: transmitters[0]!, to: feed.address, calldata });
    expect(feedNow().answer).toBe(42n);
  });

  it("is skipped when the same config is in force, whatever the case of its addresses", () => {
    const { chain, feedNow } = openChain();
    chain.ensureConfig(feed.address, configOf(4, 1));
    const lower = transmitters.slice(0, 4).map((transmitter) => transmitter.toLowerCase() as `0x${string}`);
    chain.ensureConfig(feed.address, configOf(4, 1, { transmitters: lower }));
    expect(feedNow().configs).toHaveLength(1);
    chain.ensureConfig(feed.address, configOf(4, 1, { offchainConfig: Uint8Array.of(9) }));
    expect(feedNow().configs).toHaveLength(2);
  });
});

describe("transmit", () => {
  it("accepts a report of f + 1 oracles and takes the element in the middle", async () => {
    const { chain, clock, feedNow, transmit, configDigest } = openConfiguredChain();
    clock.nowMs += 5999;
    await transmit({ epoch: 2, round: 4, signedBy: [3, 1], observations: [500n, 20n, 300n, 10n] }, transmitters[2]);
    expect(feedNow()).toMatchObject({ epoch: 2, round: 4, answer: 300n, answerTimestamp: startMs / 1000 + 5 });
    expect(chain.transmissions()).toMatchObject([
      { from: transmitters[2], to: feed.address, configDigest, epoch: 2, round: 4, answer: 300n, refused: undefined },
    ]);
  });

  it("accepts epochs and rounds only in rising order", async () => {
    const { transmit } = openConfiguredChain();
    await expect(transmit({ epoch: 0, round: 0 })).rejects.toThrow("execution reverted: stale report");
    await transmit({ epoch: 2, round: 200 });
    await expect(transmit({ epoch: 2, round: 200 })).rejects.toThrow("stale report");
    await expect(transmit({ epoch: 1, round: 255 })).rejects.toThrow("stale report");
    await transmit({ epoch: 2, round: 201 });
    await transmit({ epoch: 3, round: 0 });
  });

  const other = new Uint8Array(32).fill(1);
  const cut = reportOf([100n, 200n, 300n]).subarray(0, -32);
  const longer = Uint8Array.from([...reportOf([100n, 200n, 300n]), ...new Uint8Array(32)]);
  it.each<[string, Partial<CallOptions>]>([
    ["configDigest mismatch", { configDigest: other }],
    ["calldata length mismatch", { report: reportOf([100n, 200n]).subarray(0, -1) }],
    ["wrong number of signatures", { signedBy: [0] }],
    ["wrong number of signatures", { signedBy: [0, 1, 2] }],
    ["signature error", { signedBy: [0, 4] }],
    ["signature error", { sentReport: reportOf([100n, 201n, 300n]) }],
    ["duplicate signer", { signedBy: [2, 2] }],
    ["report length mismatch", { report: longer }],
    ["too few values to trust median", { observations: [100n] }],
    ["median is out of min-max range", { observations: [1n, 9n, 1000n] }],
    ["median is out of min-max range", { observations: [1n, 1001n] }],
  ])("refuses with %j (%#), keeps its state, and spends a block", async (reason, options) => {
    const { chain, feedNow, transmit } = openConfiguredChain();
    const { number } = chain.head();
    await expect(transmit(options)).rejects.toMatchObject({ name: "Revert", reason });
    expect(feedNow()).toMatchObject({ epoch: 0, round: 0, answer: 0n });
    expect(chain.head().number).toBe(number + 1n);
    expect(chain.transmissions()).toMatchObject([{ refused: reason }]);
  });

  it("refuses a sender that is not a transmitter, even a signer's address", async () => {
    const { transmit } = openConfiguredChain();
    await expect(transmit({}, transmitters[4])).rejects.toThrow("unauthorized transmitter");
    await expect(transmit({}, signers[0])).rejects.toThrow("unauthorized transmitter");
  });

  it("refuses an extra byte after the call", async () => {
    const { chain, configDigest } = openConfiguredChain();
    const calldata = Uint8Array.from([...(await transmitCall({ configDigest })), 0]);
    await expect(chain.transmit({ from: transmitters[0]!, to: feed.address, calldata })).rejects.toThrow(
      "calldata length mismatch",
    );
  });

  it("refuses r and s in unequal numbers", async () => {
    const { chain, configDigest } = openConfiguredChain();
    const call = decodeTransmitCall(await transmitCall({ configDigest }));
    const calldata = encodeFunctionData({
      abi: [
        {
          type: "function",
          name: "transmit",
          stateMutability: "nonpayable",
          inputs: ["bytes32[3]", "bytes", "bytes32[]", "bytes32[]", "bytes32"].map((type) => ({ type })),
          outputs: [],
        },
      ],
      args: [
        call.context.map((word) => toHex(word)),
        toHex(call.report),
        call.rs.map((r) => toHex(r)),
        call.ss.slice(1).map((s) => toHex(s)),
        toHex(call.rawVs),
      ],
    });
    await expect(
      chain.transmit({ from: transmitters[0]!, to: feed.address, calldata: hexToBytes(calldata) }),
    ).rejects.toThrow("signatures out of registration");
  });

  it("refuses more observations than there can be oracles", async () => {
    const { transmit } = openConfiguredChain();
    const report = encodeAbiParameters(
      ["uint32", "bytes32", "int192[]", "int192"].map((type) => ({ type })),
      [1, `0x${"00".repeat(32)}`, new Array(32).fill(100n), 1n],
    );
    await expect(transmit({ report: hexToBytes(report) })).rejects.toThrow("num observations out of bounds");
  });

  it("reverts without a reason where Solidity does", async () => {
    const { chain, transmit } = openConfiguredChain();
    await expect(transmit({ report: cut })).rejects.toMatchObject({ reason: "", message: "execution reverted" });
    const calldata = Uint8Array.of(0xde, 0xad, 0xbe, 0xef);
    await expect(chain.transmit({ from: transmitters[0]!, to: feed.address, calldata })).rejects.toMatchObject({
      reason: "",
    });
  });

  it("checks in the contract's order", async () => {
    const { transmit } = openConfiguredChain();
    await transmit({ epoch: 5 });
    const report = reportOf([1n]);
    const wrong: Partial<CallOptions> = { epoch: 1, configDigest: other, signedBy: [4, 4, 4], report };
    await expect(transmit(wrong, signers[0])).rejects.toThrow("stale report");
    await expect(transmit({ ...wrong, epoch: 6 }, signers[0])).rejects.toThrow("unauthorized transmitter");
    await expect(transmit({ ...wrong, epoch: 6 })).rejects.toThrow("configDigest mismatch");
    const ours = { epoch: 6, signedBy: [4, 4, 4], report };
    await expect(transmit({ ...ours, sentReport: report.subarray(1) })).rejects.toThrow("calldata length mismatch");
    await expect(transmit(ours)).rejects.toThrow("wrong number of signatures");
    await expect(transmit({ ...ours, signedBy: [4, 4] })).rejects.toThrow("signature error");
    await expect(transmit({ ...ours, signedBy: [0, 0] })).rejects.toThrow("duplicate signer");
    await expect(transmit({ ...ours, signedBy: [0, 1] })).rejects.toThrow("too few values to trust median");
  });

  it("is refused when there is no contract at the address", async () => {
    const { chain, configDigest } = openConfiguredChain();
    const calldata = await transmitCall({ configDigest });
    await expect(chain.transmit({ from: transmitters[0]!, to: signers[0]!, calldata })).rejects.toThrow(
      `There is no contract at ${signers[0]}`,
    );
  });
});

describe("requestNewRound", () => {
  it("remembers the newest request with the contract's logical time", async () => {
    const { chain, clock, feedNow, transmit, configDigest } = openConfiguredChain();
    expect(feedNow().roundRequested).toBeUndefined();
    await transmit({ epoch: 4, round: 2 });
    clock.nowMs += 10_000;
    chain.requestNewRound(feed.address);
    const { roundRequested } = feedNow();
    expect(roundRequested).toMatchObject({ configDigest, epoch: 4, round: 2 });
    expect(roundRequested?.block.timestamp).toBe(startMs / 1000 + 10);
  });
});

describe("deploy", () => {
  it("does nothing for the same feed and refuses another feed at its address, naming the difference", () => {
    const { chain } = openChain();
    const { number } = chain.head();
    chain.deploy(feed);
    expect(chain.head().number).toBe(number);
    expect(() => chain.deploy({ ...feed, maxAnswer: 999n })).toThrow(
      `Cannot deploy the feed at ${feed.address}: there is one whose maxAnswer is 1000, not 999`,
    );
  });
});

describe("blocks", () => {
  it("are made with every transaction, and regularly when nothing is sent", () => {
    const { chain, clock } = openChain();
    const first = chain.head();
    expect(first).toMatchObject({ number: 1n, timestamp: startMs / 1000 });
    clock.nowMs += 2500;
    expect(chain.head()).toMatchObject({ number: 3n, timestamp: startMs / 1000 + 2 });
    chain.requestNewRound(feed.address);
    chain.requestNewRound(feed.address);
    expect(chain.head()).toMatchObject({ number: 5n, timestamp: startMs / 1000 + 2 });
    expect(chain.head().hash).not.toEqual(first.hash);
  });

  it("never go back, even when a clock does", () => {
    const { chain, clock } = openChain();
    chain.requestNewRound(feed.address);
    clock.nowMs -= 60_000;
    const before = chain.head();
    chain.requestNewRound(feed.address);
    expect(chain.head()).toMatchObject({ number: before.number + 1n, timestamp: before.timestamp });
  });
});
