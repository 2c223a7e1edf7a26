/** The optional methods of relayers: answered when they exist, refused by name when they do not. */
import { Code, createClient } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { Relayer as RelayerRpc } from "../../proto/gen/loop/relayer_pb.ts";
import { createCodecClient } from "../../src/loop/codec/client.ts";
import { connectionOf } from "../../src/loop/connection.ts";
import { createContractReaderClient } from "../../src/loop/contract-reader/client.ts";
import { createKeystoreClient } from "../../src/loop/keystore/client.ts";
import { keystoreRoutes } from "../../src/loop/keystore/server.ts";
import { createRelayerClient } from "../../src/loop/relayer/client.ts";
import { relayerRoutes } from "../../src/loop/relayer/server.ts";
import type { RelayArgs, Relayer } from "../../src/loop/relayer/types.ts";
import {
  bytes,
  createSampleCodec,
  createSampleProvider,
  createSampleReader,
  createSampleRelayer,
  createSampleService,
  createSampleWriter,
  type Recorded,
  recording,
  sampleRead,
} from "./samples.ts";
import { pairs } from "./support.ts";

const relayArgs: RelayArgs = {
  externalJobId: "1051429b-aa66-11ed-b0d2-5cff35dfbe67",
  jobId: 7,
  contractId: "0x42",
  isNew: true,
  relayConfig: bytes(0x7b, 0x7d),
};
const pluginArgs = { transmitterId: "0xAb", pluginConfig: bytes(1) };
const keystore = { accounts: async () => ["0xAb"], sign: async () => bytes(), decrypt: async () => bytes() };

/** A relayer with all optional methods. */
function createWholeRelayer(): Required<Relayer> {
  const service = createSampleService("SampleReader");
  return {
    ...createSampleRelayer(),
    newPluginProvider: async () => ({
      ...createSampleProvider(),
      contractReader: createSampleReader(),
      codec: createSampleCodec(),
    }),
    newContractReader: async () => ({ ...service, ...createSampleReader() }),
    newContractWriter: async () => ({ ...service, ...createSampleWriter() }),
    newCcipProvider: async () => ({ ...service, routes: keystoreRoutes(keystore) }),
    finalizedHead: async () => ({ height: "20", hash: bytes(), timestamp: 1n }),
    chainInfo: async () => ({
      familyName: "evm",
      chainId: "31337",
      networkName: "local",
      networkNameFull: "local-test",
    }),
    transact: async () => {},
    replay: async () => {},
  };
}

describe.each(pairs)("a relayer over $name", ({ create }) => {
  async function connect(relayer: Relayer = createSampleRelayer()) {
    const { main, plugin, host, open } = create();
    const calls: Recorded[] = [];
    const connection = await main(relayerRoutes(recording(relayer, calls), plugin));
    return { calls, connection, open, client: createRelayerClient(connection, host) };
  }

  it("describes its chain, sends coins and replays events", async () => {
    const { calls, client } = await connect(createWholeRelayer());
    expect(await client.finalizedHead()).toEqual({ height: "20", hash: bytes(), timestamp: 1n });
    expect(await client.chainInfo()).toEqual({
      familyName: "evm",
      chainId: "31337",
      networkName: "local",
      networkNameFull: "local-test",
    });
    await client.transact({ from: "me", to: "you", amount: 2n ** 70n, balanceCheck: true });
    await client.replay("0x10", { topics: ["a", 1] });
    await client.replay("", {});
    expect(calls.slice(2)).toMatchObject([
      { method: "transact", args: [{ from: "me", to: "you", amount: 2n ** 70n, balanceCheck: true }] },
      { method: "replay", args: ["0x10", { topics: ["a", 1] }] },
      { method: "replay", args: ["", {}] },
    ]);
  });

  it("makes providers for products of generic plugins", async () => {
    const { calls, client } = await connect(createWholeRelayer());
    const provider = await client.newPluginProvider(relayArgs, pluginArgs);
    expect(calls).toMatchObject([{ method: "newPluginProvider", args: [relayArgs, pluginArgs] }]);
    expect(await provider.contractTransmitter.fromAccount()).toBe("some account");
    expect(provider.name()).toBe("RelayerClient.PluginProviderClient");
    // The reader and the codec are found through the connection.
    const connection = connectionOf(provider) ?? expect.fail("a provider's client carries its connection");
    expect(await createContractReaderClient(connection).getLatestValue(sampleRead)).toMatchObject({ version: 2 });
    expect(await createCodecClient(connection).encode({ version: 2, data: bytes() }, "Item")).toEqual(bytes(2));
  });

  it("makes contract readers and writers, each on its own connection", async () => {
    const { calls, client, open } = await connect(createWholeRelayer());
    const reader = await client.newContractReader(bytes(0x7b, 0x7d), { timeoutMs: 60_000 });
    const writer = await client.newContractWriter(bytes(1), { timeoutMs: 60_000 });
    expect(calls).toMatchObject([
      { method: "newContractReader", args: [bytes(0x7b, 0x7d)], options: { timeoutMs: expect.any(Number) } },
      { method: "newContractWriter", args: [bytes(1)], options: { timeoutMs: expect.any(Number) } },
    ]);
    await reader.ready();
    expect(await reader.getLatestValue(sampleRead)).toMatchObject({ version: 2 });
    expect(await reader.healthReport()).toEqual(
      new Map([
        ["RelayerClient.ContractReaderClient", ""],
        ["RelayerClient.ContractReaderClient.SampleReader", ""],
      ]),
    );
    expect(await writer.transactionStatus("t")).toBe("finalized");
    await reader.close();
    await writer.close();
    await expect.poll(open, { timeout: 10_000 }).toEqual([]);
  });

  it("makes CCIP providers, whose services only their callers know", async () => {
    const { calls, client } = await connect(createWholeRelayer());
    const args = {
      externalJobId: relayArgs.externalJobId,
      contractReaderConfig: bytes(1),
      chainWriterConfig: bytes(2),
      offRampAddress: bytes(3),
      pluginType: 1,
      syncedAddresses: new Map([["0x1", bytes(4)]]),
      transmitterAddress: "0xAb",
      extraDataCodecBundleId: 7,
    };
    const provider = await client.newCcipProvider(args);
    expect(calls).toMatchObject([{ method: "newCcipProvider", args: [args] }]);
    const connection = connectionOf(provider) ?? expect.fail("a provider's client carries its connection");
    expect(await createKeystoreClient(connection).accounts()).toEqual(["0xAb"]);
    await provider.close();
  });

  it("passes its arguments on, with the caller's deadline", async () => {
    const { calls, client } = await connect(createWholeRelayer());
    const options = { timeoutMs: 60_000 };
    await client.finalizedHead(options);
    await client.chainInfo(options);
    await client.transact({ from: "", to: "", amount: 0n, balanceCheck: false }, options);
    await client.replay("", {}, options);
    await client.newPluginProvider(relayArgs, pluginArgs, options);
    expect(calls).toHaveLength(5);
    for (const call of calls) expect(call.options, call.method).toMatchObject({ timeoutMs: expect.any(Number) });
  });

  it("is Unimplemented in methods that it lacks, and names them", async () => {
    const { connection, client } = await connect();
    const raw = createClient(RelayerRpc, connection.transport);
    const args = { externalJobID: new Uint8Array(16) };
    for (const [name, call] of Object.entries({
      NewContractWriter: raw.newContractWriter({}),
      NewContractReader: raw.newContractReader({}),
      NewCCIPProvider: raw.newCCIPProvider({ ccipProviderArgs: args }),
      FinalizedHead: raw.finalizedHead({}),
      GetChainInfo: raw.getChainInfo({}),
      Transact: raw.transact({}),
      Replay: raw.replay({}),
    })) {
      await expect(call).rejects.toMatchObject({
        code: Code.Unimplemented,
        rawMessage: `this relayer has no ${name}`,
      });
    }
    await expect(
      raw.newPluginProvider({ relayArgs: { ...args, providerType: "plugin" }, pluginArgs: {} }),
    ).rejects.toMatchObject({ code: Code.Unimplemented, rawMessage: "provider type not supported: plugin" });

    const refusals = {
      "NewContractWriter is not supported by this relayer": client.newContractWriter(bytes()),
      "NewContractReader is not supported by this relayer": client.newContractReader(bytes()),
      "FinalizedHead is not supported by this relayer": client.finalizedHead(),
      "GetChainInfo is not supported by this relayer": client.chainInfo(),
      "Transact is not supported by this relayer": client.transact({
        from: "",
        to: "",
        amount: 0n,
        balanceCheck: true,
      }),
      "Replay is not supported by this relayer": client.replay("", {}),
      "A provider for products of generic plugins is not supported": client.newPluginProvider(relayArgs, pluginArgs),
    };
    for (const [text, call] of Object.entries(refusals)) {
      await expect(call).rejects.toMatchObject({
        code: Code.Unimplemented,
        rawMessage: expect.stringContaining(text),
      });
    }
  });

  it("says the same about a relayer that is older than a method", async () => {
    const { main, host } = create();
    const client = createRelayerClient(await main(() => {}), host);
    await expect(client.finalizedHead()).rejects.toMatchObject({
      code: Code.Unimplemented,
      rawMessage: expect.stringMatching(/^FinalizedHead is not supported by this relayer: ./),
    });
  });

  it("has empty names for a chain that the relayer does not describe", async () => {
    const { main, host } = create();
    const connection = await main((router) => {
      router.service(RelayerRpc, { getChainInfo: () => ({}) });
    });
    expect(await createRelayerClient(connection, host).chainInfo()).toEqual({
      familyName: "",
      chainId: "",
      networkName: "",
      networkNameFull: "",
    });
  });

  it("refuses a transaction without an amount", async () => {
    const { calls, connection } = await connect(createWholeRelayer());
    const raw = createClient(RelayerRpc, connection.transport);
    await expect(raw.transact({ from: "me" })).rejects.toThrow("Cannot read the amount: unexpected nil big.Int");
    await expect(raw.newCCIPProvider({})).rejects.toThrow("its ccipProviderArgs is missing");
    expect(calls).toEqual([]);
  });
});
