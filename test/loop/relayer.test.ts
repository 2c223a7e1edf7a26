import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { CapabilitiesRegistry as CapabilitiesRegistryRpc } from "../../proto/gen/loop/capabilities_registry_pb.ts";
import { PluginRelayer as PluginRelayerRpc, Relayer as RelayerRpc } from "../../proto/gen/loop/relayer_pb.ts";
import { connectionOf } from "../../src/loop/connection.ts";
import { keystoreRoutes } from "../../src/loop/keystore/server.ts";
import type { Keystore } from "../../src/loop/keystore/types.ts";
import { createPluginRelayerClient, createRelayerClient } from "../../src/loop/relayer/client.ts";
import { pluginRelayerRoutes, relayerRoutes, servePluginRelayer } from "../../src/loop/relayer/server.ts";
import type { NewRelayerOptions, PluginRelayer, RelayArgs, Relayer } from "../../src/loop/relayer/types.ts";
import { bytes, createSampleRelayer, createSampleService, digest, type Recorded, recording } from "./samples.ts";
import { type Pair, pairs } from "./support.ts";

const relayArgs: RelayArgs = {
  externalJobId: "1051429b-aa66-11ed-b0d2-5cff35dfbe67",
  jobId: -7,
  contractId: "0x42",
  isNew: true,
  relayConfig: bytes(0x7b, 0x7d),
};
const pluginArgs = { transmitterId: "0xAb", pluginConfig: bytes(1) };

const keystore: Keystore = {
  accounts: async () => ["0xAb"],
  sign: async (_, data) => bytes(1, ...data),
  decrypt: async () => bytes(),
};

function createSamplePlugin(calls: Recorded[], relayer: Relayer = createSampleRelayer()): PluginRelayer {
  const plugin: PluginRelayer = {
    ...createSampleService("SamplePlugin"),
    newRelayer: async () => recording(relayer, calls, "relayer."),
  };
  return recording(plugin, calls);
}

async function start(pair: Pair, plugin: PluginRelayer) {
  const connection = await pair.main(pluginRelayerRoutes(plugin, pair.plugin));
  return { connection, client: createPluginRelayerClient(connection, pair.host) };
}

describe.each(pairs)("a relayer plugin over $name", ({ create }) => {
  it("gets its config and a keystore that signs in the host", async () => {
    const pair = create();
    const signed: Recorded[] = [];
    let config: string | undefined;
    const { client } = await start(pair, {
      ...createSampleService("SamplePlugin"),
      async newRelayer(toml, store, options) {
        config = toml;
        expect(await store.accounts(options)).toEqual(["0xAb"]);
        expect(await store.sign("0xAb", bytes(2), options)).toEqual(bytes(1, 2));
        return createSampleRelayer();
      },
    });
    const relayer = await client.newRelayer("[Foo]\nBar = 'Baz'\n", recording(keystore, signed), { timeoutMs: 60_000 });
    expect(config).toBe("[Foo]\nBar = 'Baz'\n");
    expect(relayer.name()).toBe("PluginRelayerClient.RelayerClient");
    await relayer.ready();
    expect(signed.map(({ method }) => method)).toEqual(["accounts", "sign"]);
    for (const call of signed) expect(call.options).toMatchObject({ timeoutMs: expect.any(Number) });
  });

  it("gets the node's identity key, or an empty keystore instead", async () => {
    const pair = create();
    const seen: NewRelayerOptions[] = [];
    const { client } = await start(pair, {
      ...createSampleService("SamplePlugin"),
      async newRelayer(_config, _keystore, options) {
        if (options !== undefined) seen.push(options);
        return createSampleRelayer();
      },
    });
    await client.newRelayer("", keystore);
    await client.newRelayer("", keystore, { csaKeystore: { ...keystore, accounts: async () => ["csa"] } });
    expect(await seen[0]?.csaKeystore?.accounts()).toEqual([]);
    await expect(seen[0]?.csaKeystore?.sign("any", bytes())).rejects.toThrow("this keystore is empty");
    await expect(seen[0]?.csaKeystore?.decrypt("any", bytes())).rejects.toThrow("this keystore is empty");
    expect(await seen[1]?.csaKeystore?.accounts()).toEqual(["csa"]);
  });

  it("is offered a keystore, a CSA keystore and a capabilities registry under ids that are not 0", async () => {
    const pair = create();
    const calls: Recorded[] = [];
    const ids = Promise.withResolvers<number[]>();
    const relayerServer = await pair.plugin.serve(relayerRoutes(recording(createSampleRelayer(), calls), pair.plugin));
    const connection = await pair.main((router) => {
      router.service(PluginRelayerRpc, {
        newRelayer({ keystoreID, keystoreCSAID, capabilityRegistryID }) {
          ids.resolve([keystoreID, keystoreCSAID, capabilityRegistryID]);
          return { relayerID: relayerServer.id };
        },
      });
    });
    await createPluginRelayerClient(connection, pair.host).newRelayer("", keystore);
    expect(await ids.promise).toEqual([1, 2, 3]);
    const registry = createClient(CapabilitiesRegistryRpc, (await pair.plugin.dial(3)).transport);
    expect((await registry.list({})).capabilityID).toEqual([]);
    expect((await registry.dONsForCapability({ capabilityID: "any" })).dons).toEqual([]);
    for (const call of [
      registry.get({ id: "x" }),
      registry.getTrigger({ id: "x" }),
      registry.getExecutable({ id: "x" }),
    ]) {
      await expect(call).rejects.toMatchObject({
        code: Code.NotFound,
        rawMessage: "capability not found with id x: this host runs no capabilities",
      });
    }
    for (const [name, call] of Object.entries({
      LocalNode: registry.localNode({}),
      NodeByPeerID: registry.nodeByPeerID({}),
      ConfigForCapability: registry.configForCapability({}),
      DONByID: registry.dONByID({}),
      Add: registry.add({ capabilityID: 1 }),
      Remove: registry.remove({ id: "x" }),
    })) {
      await expect(call).rejects.toMatchObject({
        code: Code.Unimplemented,
        rawMessage: `loop.CapabilitiesRegistry/${name} is not implemented: this host runs no capabilities`,
      });
    }
  });

  it("works without the CSA keystore, which old hosts lack, but not without a keystore", async () => {
    const pair = create();
    const seen: (NewRelayerOptions | undefined)[] = [];
    const { connection } = await start(pair, {
      ...createSampleService("SamplePlugin"),
      async newRelayer(_config, _keystore, options) {
        seen.push(options);
        return createSampleRelayer();
      },
    });
    const client = createClient(PluginRelayerRpc, connection.transport);
    const { id } = await pair.host.serve(keystoreRoutes(keystore));
    await client.newRelayer({ keystoreID: id });
    expect(seen[0]).not.toHaveProperty("csaKeystore");
    await expect(client.newRelayer({})).rejects.toMatchObject({
      code: Code.Unknown,
      rawMessage: "failed to dial Keystore client connection 0: the other side offers no Keystore",
    });
  });

  it("fails with the text of the plugin's error, and both sides free everything", async () => {
    const pair = create();
    const { client } = await start(pair, {
      ...createSampleService("SamplePlugin"),
      newRelayer: async () => Promise.reject(new Error('unknown field "Nodez"')),
    });
    await expect(client.newRelayer("", keystore)).rejects.toMatchObject({
      code: Code.Unknown,
      rawMessage: 'unknown field "Nodez"',
    });
    await expect.poll(pair.open, { timeout: 10_000 }).toEqual([]);
  });

  it("holds what it needs until it is closed, and closes everything in it once", async () => {
    const pair = create();
    const calls: Recorded[] = [];
    const { client } = await start(pair, createSamplePlugin(calls));
    const relayer = await client.newRelayer("", keystore);
    const provider = await relayer.newMedianProvider(relayArgs, pluginArgs);
    await relayer.newConfigProvider(relayArgs);
    expect(pair.open().map((entry) => entry.replace(/ \d.*/, ""))).toEqual([
      ...Array<string>(3).fill("host dialled"),
      ...Array<string>(3).fill("host serves"),
      ...Array<string>(2).fill("plugin dialled"),
      ...Array<string>(3).fill("plugin serves"),
    ]);

    await provider.close();
    await expect.poll(() => pair.open().length, { timeout: 10_000 }).toBe(9);
    await relayer.close();
    await expect.poll(pair.open, { timeout: 10_000 }).toEqual([]);
    await client.close();
    const closes = calls.map(({ method }) => method).filter((method) => method.endsWith("close"));
    expect(closes).toEqual(["relayer.close", "close"]);
  });

  it("ends gracefully with everything that it has made", async () => {
    const pair = create();
    const calls: Recorded[] = [];
    const served = servePluginRelayer(createSamplePlugin(calls), pair.plugin);
    const client = createPluginRelayerClient(await pair.main(served.routes), pair.host);
    await client.newRelayer("", keystore);
    await served.dispose?.();
    expect(calls.map(({ method }) => method)).toEqual(["newRelayer", "relayer.close", "close"]);
    expect(pair.open().filter((entry) => entry.startsWith("plugin"))).toEqual([]);
  });
});

describe.each(pairs)("a relayer over $name", ({ create }) => {
  async function connect(change: Partial<Relayer> = {}) {
    const { main, plugin, host, open } = create();
    const calls: Recorded[] = [];
    const relayer = recording({ ...createSampleRelayer(), ...change }, calls);
    const connection = await main(relayerRoutes(relayer, plugin));
    return { calls, connection, open, client: createRelayerClient(connection, host) };
  }

  it("describes its chain", async () => {
    const { client } = await connect();
    expect(await client.latestHead()).toEqual({ height: "21000000", hash: digest(1), timestamp: 2n ** 64n - 1n });
    expect(await client.chainStatus()).toEqual({ id: "31337", enabled: true, config: "ChainID = '31337'" });
    expect(await client.nodeStatuses({ size: 137, token: "start" })).toEqual({
      nodes: [{ chainId: "31337", name: "page of 137", config: "", state: "Alive" }],
      total: 2,
      nextPageToken: "after start",
    });
  });

  it("makes median providers", async () => {
    const { calls, client } = await connect();
    const provider = await client.newMedianProvider(relayArgs, pluginArgs);
    expect(calls).toMatchObject([{ method: "newMedianProvider", args: [relayArgs, pluginArgs] }]);
    expect(await provider.reportCodec.maxReportLength(2)).toBe(64);
    expect(await provider.contractTransmitter.fromAccount()).toBe("some account");
    expect(provider.name()).toBe("RelayerClient.MedianProviderClient");
    expect(connectionOf(provider)?.transport).toBeDefined();
  });

  it("makes config providers", async () => {
    const { calls, client } = await connect();
    const provider = await client.newConfigProvider(relayArgs);
    expect(calls).toMatchObject([{ method: "newConfigProvider", args: [relayArgs] }]);
    expect(await provider.contractConfigTracker.latestBlockHeight()).toBe(2n ** 64n - 2n);
    expect(connectionOf(provider)).toBeUndefined();
  });

  it("gets the caller's deadline in every call", async () => {
    const { calls, client } = await connect();
    const options = { timeoutMs: 60_000, signal: new AbortController().signal };
    await client.newConfigProvider(relayArgs, options);
    await client.newMedianProvider(relayArgs, pluginArgs, options);
    await client.latestHead(options);
    await client.chainStatus(options);
    await client.nodeStatuses({ size: 1, token: "" }, options);
    await client.ready(options);
    await client.close(options);
    expect(calls).toHaveLength(7);
    for (const call of calls) {
      expect(call.options, call.method).toMatchObject({
        timeoutMs: expect.any(Number),
        signal: expect.any(AbortSignal),
      });
    }
  });

  it("answers Unimplemented when median is not supported", async () => {
    const { open, client } = await connect({
      newMedianProvider: async () => Promise.reject(new ConnectError("median not supported", Code.Unimplemented)),
    });
    await expect(client.newMedianProvider(relayArgs, pluginArgs)).rejects.toMatchObject({
      code: Code.Unimplemented,
      rawMessage: "median not supported",
    });
    expect(open()).toEqual([]);
  });

  it("refuses other products and invalid arguments", async () => {
    const { calls, connection, client } = await connect();
    const raw = createClient(RelayerRpc, connection.transport);
    const externalJobID = new Uint8Array(16);
    await expect(
      raw.newPluginProvider({ relayArgs: { externalJobID, providerType: "mercury" }, pluginArgs: {} }),
    ).rejects.toMatchObject({ code: Code.Unknown, rawMessage: "provider type not supported: mercury" });
    await expect(
      raw.newPluginProvider({ relayArgs: { externalJobID: new Uint8Array(32), providerType: "median" } }),
    ).rejects.toThrow("invalid uuid bytes for ExternalJobID: invalid UUID (got 32 bytes)");
    await expect(raw.newPluginProvider({ relayArgs: { externalJobID, providerType: "median" } })).rejects.toThrow(
      "its pluginArgs is missing",
    );
    await expect(raw.newPluginProvider({})).rejects.toThrow("its relayArgs is missing");
    await expect(raw.newConfigProvider({})).rejects.toThrow("its relayArgs is missing");
    await expect(client.newConfigProvider({ ...relayArgs, externalJobId: "job 1" })).rejects.toThrow(
      'Cannot use "job 1" as ExternalJobID',
    );
    await expect(client.newConfigProvider({ ...relayArgs, jobId: 2 ** 31 })).rejects.toThrow("expected int32 JobID");
    expect(calls).toEqual([]);
  });

  it("refuses answers with missing messages", async () => {
    const { main, host } = create();
    const connection = await main((router) => {
      router.service(RelayerRpc, { latestHead: () => ({}), getChainStatus: () => ({}) });
    });
    const client = createRelayerClient(connection, host);
    await expect(client.latestHead()).rejects.toThrow("its head is missing");
    await expect(client.chainStatus()).rejects.toThrow("its chain is missing");
  });
});
