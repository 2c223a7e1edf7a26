import { describe, expect, it } from "vitest";
import { ContractConfigTracker, ContractTransmitter, OffchainConfigDigester } from "../../proto/gen/loop/relayer_pb.ts";
import { createConfigProviderClient, createPluginProviderClient } from "../../src/loop/provider/client.ts";
import { configProviderRoutes, pluginProviderRoutes } from "../../src/loop/provider/server.ts";
import type { PluginProvider } from "../../src/loop/provider/types.ts";
import { bytes, contractConfig, createSampleProvider, digest, type Recorded, recording, timestamp } from "./samples.ts";
import { pairs } from "./support.ts";

describe.each(pairs)("a provider over $name", ({ create }) => {
  async function connect(provider: PluginProvider = createSampleProvider()) {
    const calls: Recorded[] = [];
    const connection = await create().main(pluginProviderRoutes(recording(provider, calls)));
    return { calls, connection, client: createPluginProviderClient(connection) };
  }

  it("computes config digests", async () => {
    const { calls, client } = await connect();
    expect(await client.offchainConfigDigester.configDigest(contractConfig)).toEqual(digest(10));
    expect(await client.offchainConfigDigester.configDigestPrefix()).toBe(4_000_000_001);
    expect(calls).toMatchObject([
      { method: "offchainConfigDigester.configDigest", args: [contractConfig] },
      { method: "offchainConfigDigester.configDigestPrefix", args: [] },
    ]);
  });

  it("reads the contract's config", async () => {
    const { calls, client } = await connect();
    expect(await client.contractConfigTracker.latestConfigDetails()).toEqual({
      changedInBlock: 1337n,
      configDigest: digest(11),
    });
    expect(await client.contractConfigTracker.latestConfig(2n ** 64n - 1n)).toEqual(contractConfig);
    expect(await client.contractConfigTracker.latestBlockHeight()).toBe(2n ** 64n - 2n);
    expect(calls[1]).toMatchObject({ method: "contractConfigTracker.latestConfig", args: [2n ** 64n - 1n] });
  });

  it("has a config of zeros and empty lists before the first one is set", async () => {
    const none = {
      configDigest: new Uint8Array(32),
      configCount: 0n,
      signers: [],
      transmitters: [],
      f: 0,
      onchainConfig: bytes(),
      offchainConfigVersion: 0n,
      offchainConfig: bytes(),
    };
    const provider = createSampleProvider();
    const { client } = await connect({
      ...provider,
      contractConfigTracker: { ...provider.contractConfigTracker, latestConfig: async () => none },
    });
    expect(await client.contractConfigTracker.latestConfig(0n)).toEqual(none);
  });

  it("transmits", async () => {
    const { calls, client } = await connect();
    const context = { reportTimestamp: timestamp, extraHash: digest(20) };
    const signatures = [
      { signature: bytes(1, 2), signer: 255 },
      { signature: bytes(3), signer: 0 },
    ];
    await client.contractTransmitter.transmit(context, bytes(9, 9), signatures);
    expect(await client.contractTransmitter.latestConfigDigestAndEpoch()).toEqual({
      configDigest: digest(12),
      epoch: 88,
    });
    expect(await client.contractTransmitter.fromAccount()).toBe("some account");
    expect(calls[0]).toMatchObject({
      method: "contractTransmitter.transmit",
      args: [context, bytes(9, 9), signatures],
    });
  });

  it("gets the caller's deadline in every call", async () => {
    const { calls, client } = await connect();
    const options = { timeoutMs: 60_000, signal: new AbortController().signal };
    await client.ready(options);
    await client.healthReport(options);
    await client.offchainConfigDigester.configDigest(contractConfig, options);
    await client.offchainConfigDigester.configDigestPrefix(options);
    await client.contractConfigTracker.latestConfigDetails(options);
    await client.contractConfigTracker.latestConfig(1n, options);
    await client.contractConfigTracker.latestBlockHeight(options);
    const context = { reportTimestamp: timestamp, extraHash: digest(20) };
    await client.contractTransmitter.transmit(context, bytes(), [], options);
    await client.contractTransmitter.latestConfigDigestAndEpoch(options);
    await client.contractTransmitter.fromAccount(options);
    await client.close(options);
    expect(calls).toHaveLength(11);
    for (const call of calls) {
      expect(call.options, call.method).toMatchObject({
        timeoutMs: expect.any(Number),
        signal: expect.any(AbortSignal),
      });
    }
  });

  it("refuses arguments that are out of bounds", async () => {
    const { calls, client } = await connect();
    const { configDigest } = client.offchainConfigDigester;
    const { transmit } = client.contractTransmitter;
    const context = { reportTimestamp: timestamp, extraHash: digest(20) };
    await expect(configDigest({ ...contractConfig, configDigest: bytes() })).rejects.toThrow(
      "invalid ConfigDigest len 0: must be 32",
    );
    await expect(configDigest({ ...contractConfig, f: 256 })).rejects.toThrow("expected uint8 F (max 255) but got 256");
    await expect(configDigest({ ...contractConfig, configCount: -1n })).rejects.toThrow("expected uint64 ConfigCount");
    await expect(transmit({ ...context, extraHash: bytes(1) }, bytes(), [])).rejects.toThrow(
      "invalid ExtraHash len 1; must be 32",
    );
    await expect(transmit(context, bytes(), [{ signature: bytes(), signer: 256 }])).rejects.toThrow(
      "expected uint8 Signer (max 255) but got 256",
    );
    expect(calls).toEqual([]);
  });

  it("refuses invalid requests of other clients", async () => {
    const { calls, connection } = await connect();
    const { transport } = connection;
    const { transmit } = ContractTransmitter.method;
    const reportTimestamp = { configDigest: digest(1), epoch: 1, round: 1 };
    const send = (reportContext: object | undefined, signer: number) =>
      transport.unary(transmit, undefined, undefined, undefined, {
        ...(reportContext === undefined ? {} : { reportContext }),
        attributedOnchainSignatures: [{ signer }],
      });
    await expect(send(undefined, 1)).rejects.toThrow("its reportContext is missing");
    await expect(send({ extraHash: digest(1) }, 1)).rejects.toThrow("its reportTimestamp is missing");
    await expect(send({ reportTimestamp, extraHash: bytes() }, 1)).rejects.toThrow(
      "invalid ExtraHash len 0; must be 32",
    );
    await expect(send({ reportTimestamp, extraHash: digest(1) }, 256)).rejects.toThrow(
      "expected uint8 Signer (max 255) but got 256",
    );
    await expect(
      transport.unary(OffchainConfigDigester.method.configDigest, undefined, undefined, undefined, {}),
    ).rejects.toThrow("its contractConfig is missing");
    expect(calls).toEqual([]);
  });

  it("refuses invalid answers of its implementation and of other servers", async () => {
    const provider = createSampleProvider();
    const { client } = await connect({
      ...provider,
      offchainConfigDigester: { ...provider.offchainConfigDigester, configDigest: async () => bytes(1) },
      contractConfigTracker: {
        ...provider.contractConfigTracker,
        latestConfigDetails: async () => ({ changedInBlock: -1n, configDigest: digest(1) }),
      },
    });
    await expect(client.offchainConfigDigester.configDigest(contractConfig)).rejects.toThrow(
      "[unknown] invalid ConfigDigest len 1: must be 32",
    );
    await expect(client.contractConfigTracker.latestConfigDetails()).rejects.toThrow("expected uint64 ChangedInBlock");

    const other = createPluginProviderClient(
      await create().main((router) => {
        router.service(OffchainConfigDigester, { configDigest: () => ({}) });
        router.service(ContractConfigTracker, { latestConfigDetails: () => ({}), latestConfig: () => ({}) });
        router.service(ContractTransmitter, { latestConfigDigestAndEpoch: () => ({ configDigest: bytes(1) }) });
      }),
    );
    await expect(other.offchainConfigDigester.configDigest(contractConfig)).rejects.toThrow(
      "invalid ConfigDigest len 0: must be 32",
    );
    await expect(other.contractConfigTracker.latestConfigDetails()).rejects.toThrow(
      "invalid ConfigDigest len 0: must be 32",
    );
    await expect(other.contractConfigTracker.latestConfig(1n)).rejects.toThrow("its contractConfig is missing");
    await expect(other.contractTransmitter.latestConfigDigestAndEpoch()).rejects.toThrow(
      "invalid ConfigDigest len 1: must be 32",
    );
  });

  it("is served as a config provider without the transmitter", async () => {
    const connection = await create().main(configProviderRoutes(createSampleProvider()));
    const client = createConfigProviderClient(connection);
    expect(client.name()).toBe("ConfigProviderClient");
    expect(await client.contractConfigTracker.latestBlockHeight()).toBe(2n ** 64n - 2n);
    expect(await client.healthReport()).toEqual(
      new Map([
        ["ConfigProviderClient", ""],
        ["ConfigProviderClient.SampleProvider", ""],
      ]),
    );
    await expect(createPluginProviderClient(connection).contractTransmitter.fromAccount()).rejects.toThrow(
      "[unimplemented]",
    );
  });
});
