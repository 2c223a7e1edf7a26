/** Calls `loop.PluginRelayer`, the root of a relayer plugin, and the relayers and providers that it makes. */
import { createClient } from "@connectrpc/connect";
import { PluginRelayer as PluginRelayerRpc, Relayer as RelayerRpc } from "../../../proto/gen/loop/relayer_pb.ts";
import type { Broker } from "../../../transports/broker.ts";
import type { Connection, Routes } from "../../../transports/connection.ts";
import { dialObject, ownObject } from "../brokered.ts";
import { shareDeadline } from "../calls.ts";
import { emptyCapabilitiesRegistry } from "../capabilities-registry/server.ts";
import { type CallTarget, connectionKey } from "../connection.ts";
import { createContractReaderClient } from "../contract-reader/client.ts";
import { createContractWriterClient } from "../contract-writer/client.ts";
import { headFromWire } from "../head.ts";
import { keystoreRoutes } from "../keystore/server.ts";
import type { Keystore } from "../keystore/types.ts";
import { createMedianProviderClient } from "../median-provider/client.ts";
import { type Closable, createObjectScope, endObjectScope } from "../object-scope.ts";
import { createConfigProviderClient, createPluginProviderClient } from "../provider/client.ts";
import { createServiceClient } from "../service/client.ts";
import type { CallOptions } from "../types.ts";
import { supported } from "../unimplemented.ts";
import { bigIntToWire, int32, required } from "../values.ts";
import { ccipProviderArgsToWire, relayArgsToWire } from "./messages.ts";
import type { ProviderType } from "./provider-types.ts";
import type { PluginArgs, PluginRelayer, RelayArgs, Relayer } from "./types.ts";

/** Served when the host has no CSA keystore. */
const emptyKeystore: Keystore = {
  accounts: async () => [],
  sign: async () => Promise.reject(new Error("this keystore is empty")),
  decrypt: async () => Promise.reject(new Error("this keystore is empty")),
};

/**
 * `newRelayer` serves the keystores and an empty capabilities registry to the plugin until the relayer is closed: plugins
 * always dial all three.
 *
 * Closing the plugin also closes the relayers that were made through this client.
 * @param options.name see `createServiceClient`; default `PluginRelayerClient`
 */
export function createPluginRelayerClient(
  target: CallTarget,
  broker: Broker,
  { name = "PluginRelayerClient" }: { name?: string } = {},
): PluginRelayer {
  const client = createClient(PluginRelayerRpc, target.transport);
  const service = createServiceClient(target, name);
  const scope = createObjectScope(service);
  return {
    ...service,
    async newRelayer(config, keystore, { csaKeystore = emptyKeystore, ...options } = {}) {
      const rest = shareDeadline(options);
      await using held = new AsyncDisposableStack();
      const serve = async (routes: Routes) => held.use(await broker.serve(routes)).id;

      // In the order of Chainlink's hosts, so that the ids are the same.
      const keystoreID = await serve(keystoreRoutes(keystore));
      const keystoreCSAID = await serve(keystoreRoutes(csaKeystore));
      const capabilityRegistryID = await serve(emptyCapabilitiesRegistry);

      const request = { config, keystoreID, keystoreCSAID, capabilityRegistryID };
      const { relayerID } = await client.newRelayer(request, rest());
      const connection = held.use(await dialObject(broker, "Relayer", relayerID, rest()));
      const relayer = createRelayerClient(connection, broker, { name: `${name}.RelayerClient` });
      return ownObject(relayer, scope, held.move());
    },
    close: (options) => endObjectScope(scope, options),
  };
}

/**
 * When the relayer lacks an optional method, the call rejects with Unimplemented and names what is not supported. Closing the
 * relayer also closes the providers, readers and writers that were made through this client.
 * @param options.name see `createServiceClient`; default `RelayerClient`
 */
export function createRelayerClient(
  target: CallTarget,
  broker: Broker,
  { name = "RelayerClient" }: { name?: string } = {},
): Required<Relayer> {
  const client = createClient(RelayerRpc, target.transport);
  const service = createServiceClient(target, name);
  const scope = createObjectScope(service);

  const known = <T>(method: string, call: Promise<T>) => supported(`${method} is not supported by this relayer`, call);

  /** Dials an object that the relayer has made. The client is closed together with the relayer. */
  async function dialOwned<T extends Closable>(
    kind: string,
    id: number,
    options: CallOptions,
    create: (connection: Connection, name: string) => T,
  ): Promise<T> {
    const connection = await dialObject(broker, kind, id, options);
    return ownObject(create(connection, `${name}.${kind}Client`), scope, connection);
  }

  async function pluginProviderId(
    providerType: ProviderType,
    relayArgs: RelayArgs,
    { transmitterId, pluginConfig }: PluginArgs,
    options: CallOptions,
  ): Promise<number> {
    const request = {
      relayArgs: relayArgsToWire(relayArgs, providerType),
      pluginArgs: { transmitterID: transmitterId, pluginConfig },
    };
    return (await client.newPluginProvider(request, options)).pluginProviderID;
  }

  return {
    ...service,
    async newConfigProvider(args, options) {
      const rest = shareDeadline(options);
      const { configProviderID } = await client.newConfigProvider({ relayArgs: relayArgsToWire(args) }, rest());
      return dialOwned("ConfigProvider", configProviderID, rest(), (connection, named) =>
        createConfigProviderClient(connection, { name: named }),
      );
    },
    async newMedianProvider(relayArgs, pluginArgs, options) {
      const rest = shareDeadline(options);
      const id = await pluginProviderId("median", relayArgs, pluginArgs, rest());
      return dialOwned("MedianProvider", id, rest(), (connection, named) =>
        createMedianProviderClient(connection, { name: named }),
      );
    },
    async newPluginProvider(relayArgs, pluginArgs, options) {
      const rest = shareDeadline(options);
      const made = pluginProviderId("plugin", relayArgs, pluginArgs, rest());
      const id = await known("A provider for products of generic plugins", made);
      return dialOwned("PluginProvider", id, rest(), (connection, named) =>
        createPluginProviderClient(connection, { name: named }),
      );
    },
    async newContractReader(contractReaderConfig, options) {
      const rest = shareDeadline(options);
      const made = client.newContractReader({ contractReaderConfig }, rest());
      const { contractReaderID } = await known("NewContractReader", made);
      return dialOwned("ContractReader", contractReaderID, rest(), (connection, named) => ({
        ...createServiceClient(connection, named),
        ...createContractReaderClient(connection),
      }));
    },
    async newContractWriter(contractWriterConfig, options) {
      const rest = shareDeadline(options);
      const made = client.newContractWriter({ contractWriterConfig }, rest());
      const { contractWriterID } = await known("NewContractWriter", made);
      return dialOwned("ContractWriter", contractWriterID, rest(), (connection, named) => ({
        ...createServiceClient(connection, named),
        ...createContractWriterClient(connection),
      }));
    },
    async newCcipProvider(args, options) {
      const rest = shareDeadline(options);
      const made = client.newCCIPProvider({ ccipProviderArgs: ccipProviderArgsToWire(args) }, rest());
      const { ccipProviderID } = await known("NewCCIPProvider", made);
      return dialOwned("CCIPProvider", ccipProviderID, rest(), (connection, named) => ({
        ...createServiceClient(connection, named),
        [connectionKey]: connection,
      }));
    },
    async latestHead(options) {
      return headFromWire((await client.latestHead({}, options)).head);
    },
    async finalizedHead(options) {
      return headFromWire((await known("FinalizedHead", client.finalizedHead({}, options))).head);
    },
    async chainStatus(options) {
      const chain = required((await client.getChainStatus({}, options)).chain, "chain");
      return { id: chain.id, enabled: chain.enabled, config: chain.config };
    },
    async chainInfo(options) {
      // The only submessage that Go allows to be absent.
      const { chainInfo } = await known("GetChainInfo", client.getChainInfo({}, options));
      const { familyName = "", chainId = "", networkName = "", networkNameFull = "" } = chainInfo ?? {};
      return { familyName, chainId, networkName, networkNameFull };
    },
    async nodeStatuses({ size, token }, options) {
      const request = { pageSize: int32(size, "PageSize"), pageToken: token };
      const { nodes, total, nextPageToken } = await client.listNodeStatuses(request, options);
      return {
        nodes: nodes.map(({ chainID, name, config, state }) => ({ chainId: chainID, name, config, state })),
        total,
        nextPageToken,
      };
    },
    async transact({ from, to, amount, balanceCheck }, options) {
      const request = { from, to, amount: bigIntToWire(amount), balanceCheck };
      await known("Transact", client.transact(request, options));
    },
    async replay(fromBlock, args, options) {
      await known("Replay", client.replay({ fromBlock, args }, options));
    },
    close: (options) => endObjectScope(scope, options),
  };
}
