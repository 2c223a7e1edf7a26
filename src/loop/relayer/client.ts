/** Calls `loop.PluginRelayer`, a host's view of a relayer plugin, and the relayers and providers that it makes. */
import { createClient } from "@connectrpc/connect";
import { PluginRelayer as PluginRelayerRpc, Relayer as RelayerRpc } from "../../../proto/gen/loop/relayer_pb.ts";
import type { Broker, Routes } from "../../../transports/broker.ts";
import { dialObject, ownObject } from "../brokered.ts";
import { shareDeadline } from "../calls.ts";
import type { CallTarget } from "../connection.ts";
import { keystoreRoutes } from "../keystore/server.ts";
import type { Keystore } from "../keystore/types.ts";
import { createLifetime, endLifetime } from "../lifetime.ts";
import { createMedianProviderClient } from "../median-provider/client.ts";
import { createConfigProviderClient } from "../provider/client.ts";
import { createServiceClient } from "../service/client.ts";
import { int32, required } from "../values.ts";
import { headFromWire, relayArgsToWire } from "./messages.ts";
import type { PluginRelayer, Relayer } from "./types.ts";

/** Served as CSA keystore by hosts that have none. */
const emptyKeystore: Keystore = {
  accounts: async () => [],
  sign: async () => Promise.reject(new Error("this keystore is empty")),
  decrypt: async () => Promise.reject(new Error("this keystore is empty")),
};

/** Served as capabilities registry: there to be dialled, Unimplemented when asked. */
const emptyRegistry: Routes = () => {};

/**
 * `newRelayer` serves the keystores, and a capabilities registry that answers Unimplemented, to the plugin until the relayer
 * is closed: plugins dial all three whether they need them or not.
 *
 * Closing the plugin closes the relayers that were made through this client, too.
 * @param options.name see `createServiceClient`; default `PluginRelayerClient`
 */
export function createPluginRelayerClient(
  target: CallTarget,
  broker: Broker,
  { name = "PluginRelayerClient" }: { name?: string } = {},
): PluginRelayer {
  const client = createClient(PluginRelayerRpc, target.transport);
  const service = createServiceClient(target, name);
  const lifetime = createLifetime(service);
  return {
    ...service,
    async newRelayer(config, keystore, { csaKeystore = emptyKeystore, ...options } = {}) {
      const rest = shareDeadline(options);
      await using held = new AsyncDisposableStack();
      const serve = async (routes: Routes) => held.use(await broker.serve(routes)).id;

      // In the order of Chainlink's hosts, so that the ids are theirs.
      const keystoreID = await serve(keystoreRoutes(keystore));
      const keystoreCSAID = await serve(keystoreRoutes(csaKeystore));
      const capabilityRegistryID = await serve(emptyRegistry);

      const request = { config, keystoreID, keystoreCSAID, capabilityRegistryID };
      const { relayerID } = await client.newRelayer(request, rest());
      const connection = held.use(await dialObject(broker, "Relayer", relayerID, rest()));
      const relayer = createRelayerClient(connection, broker, { name: `${name}.RelayerClient` });
      return ownObject(relayer, lifetime, held.move());
    },
    close: (options) => endLifetime(lifetime, options),
  };
}

/**
 * Closing the relayer closes the providers that were made through this client, too.
 * @param options.name see `createServiceClient`; default `RelayerClient`
 */
export function createRelayerClient(
  target: CallTarget,
  broker: Broker,
  { name = "RelayerClient" }: { name?: string } = {},
): Relayer {
  const client = createClient(RelayerRpc, target.transport);
  const service = createServiceClient(target, name);
  const lifetime = createLifetime(service);
  return {
    ...service,
    async newConfigProvider(args, options) {
      const rest = shareDeadline(options);
      const reply = await client.newConfigProvider({ relayArgs: relayArgsToWire(args) }, rest());
      const connection = await dialObject(broker, "ConfigProvider", reply.configProviderID, rest());
      const provider = createConfigProviderClient(connection, { name: `${name}.ConfigProviderClient` });
      return ownObject(provider, lifetime, connection);
    },
    async newMedianProvider(relayArgs, { transmitterId, pluginConfig }, options) {
      const rest = shareDeadline(options);
      const request = {
        relayArgs: relayArgsToWire(relayArgs),
        pluginArgs: { transmitterID: transmitterId, pluginConfig },
      };
      const reply = await client.newPluginProvider(request, rest());
      const connection = await dialObject(broker, "MedianProvider", reply.pluginProviderID, rest());
      const provider = createMedianProviderClient(connection, { name: `${name}.MedianProviderClient` });
      return ownObject(provider, lifetime, connection);
    },
    async latestHead(options) {
      return headFromWire((await client.latestHead({}, options)).head);
    },
    async chainStatus(options) {
      const chain = required((await client.getChainStatus({}, options)).chain, "chain");
      return { id: chain.id, enabled: chain.enabled, config: chain.config };
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
    close: (options) => endLifetime(lifetime, options),
  };
}
