/** Serves `loop.PluginRelayer`, the root of a relayer plugin, and the relayers and providers that it makes. */
import { PluginRelayer as PluginRelayerRpc, Relayer as RelayerRpc } from "../../../proto/gen/loop/relayer_pb.ts";
import type { Broker } from "../../../transports/broker.ts";
import type { Routes } from "../../../transports/connection.ts";
import type { Served } from "../../../transports/plugin.ts";
import { dialObject, serveObject } from "../brokered.ts";
import { shareDeadline, unary } from "../calls.ts";
import { contractReaderRoutes } from "../contract-reader/server.ts";
import type { ContractReader } from "../contract-reader/types.ts";
import { contractWriterRoutes } from "../contract-writer/server.ts";
import type { ContractWriter } from "../contract-writer/types.ts";
import { headToWire } from "../head.ts";
import { createKeystoreClient } from "../keystore/client.ts";
import { medianProviderRoutes } from "../median-provider/server.ts";
import { createObjectScope, endObjectScope, type ObjectScope } from "../object-scope.ts";
import { configProviderRoutes, pluginProviderRoutes } from "../provider/server.ts";
import { serviceRoutes } from "../service/server.ts";
import type { Service } from "../types.ts";
import { offering } from "../unimplemented.ts";
import { int32, required, requiredBigInt } from "../values.ts";
import { ccipProviderArgsFromWire, pluginArgsFromWire, relayArgsFromWire } from "./messages.ts";
import { isProviderType } from "./provider-types.ts";
import type { CcipProvider, PluginRelayer, Relayer } from "./types.ts";

/**
 * What a relayer plugin's `setup` returns: its services, and a `dispose` that closes the plugin with all relayers and
 * providers that it has made and that are still open.
 */
export function servePluginRelayer(plugin: PluginRelayer, broker: Broker): Served {
  const scope = createObjectScope(plugin);
  return {
    routes(router) {
      serviceRoutes(plugin, scope)(router);
      router.service(PluginRelayerRpc, {
        newRelayer: unary(async ({ config, keystoreID, keystoreCSAID }, options) => {
          const rest = shareDeadline(options);
          await using connections = new AsyncDisposableStack();
          const keystore = connections.use(await dialObject(broker, "Keystore", keystoreID, rest()));
          // Hosts from before June 2025 have none. The capabilities registry is not dialled, because nothing here uses it.
          const csa =
            keystoreCSAID === 0
              ? undefined
              : connections.use(await dialObject(broker, "CSAKeystore", keystoreCSAID, rest()));

          const relayer = await plugin.newRelayer(config, createKeystoreClient(keystore), {
            ...rest(),
            ...(csa === undefined ? {} : { csaKeystore: createKeystoreClient(csa) }),
          });
          const relayerID = await serveObject(
            broker,
            scope,
            relayer,
            (made, madeScope) => relayerRoutes(made, broker, madeScope),
            options,
            connections,
          );
          return { relayerID };
        }),
      });
    },
    service: plugin,
    dispose: () => endObjectScope(scope),
  };
}

/** Only the services of {@link servePluginRelayer}, for a plugin that is ended by its `Close`. */
export function pluginRelayerRoutes(plugin: PluginRelayer, broker: Broker): Routes {
  return servePluginRelayer(plugin, broker).routes;
}

/**
 * A relayer with its `loop.Service`. Each provider, reader and writer gets its own brokered connection, which ends when it or
 * the relayer is closed.
 * @param scope what `Close` ends; by default the relayer and what it has made
 */
export function relayerRoutes(
  relayer: Relayer,
  broker: Broker,
  scope: ObjectScope = createObjectScope(relayer),
): Routes {
  const having = <K extends keyof Relayer>(method: K, name: string) =>
    offering(relayer, method, `this relayer has no ${name}`);
  return (router) => {
    serviceRoutes(relayer, scope)(router);
    router.service(RelayerRpc, {
      newConfigProvider: unary(async ({ relayArgs }, options) => {
        const provider = await relayer.newConfigProvider(relayArgsFromWire(relayArgs), options);
        return { configProviderID: await serveObject(broker, scope, provider, configProviderRoutes, options) };
      }),
      newPluginProvider: unary(async (request, options) => {
        const { providerType } = required(request.relayArgs, "relayArgs");
        if (!isProviderType(providerType)) {
          throw new Error(`provider type not supported: ${providerType}`);
        }
        const relayArgs = relayArgsFromWire(request.relayArgs);
        const pluginArgs = pluginArgsFromWire(request.pluginArgs);
        if (providerType === "median") {
          const provider = await relayer.newMedianProvider(relayArgs, pluginArgs, options);
          return { pluginProviderID: await serveObject(broker, scope, provider, medianProviderRoutes, options) };
        }
        const able = offering(relayer, "newPluginProvider", `provider type not supported: ${providerType}`);
        const provider = await able.newPluginProvider(relayArgs, pluginArgs, options);
        return { pluginProviderID: await serveObject(broker, scope, provider, pluginProviderRoutes, options) };
      }),
      newContractReader: unary(async ({ contractReaderConfig }, options) => {
        const able = having("newContractReader", "NewContractReader");
        const reader = await able.newContractReader(contractReaderConfig, options);
        return { contractReaderID: await serveObject(broker, scope, reader, readerRoutes, options) };
      }),
      newContractWriter: unary(async ({ contractWriterConfig }, options) => {
        const able = having("newContractWriter", "NewContractWriter");
        const writer = await able.newContractWriter(contractWriterConfig, options);
        return { contractWriterID: await serveObject(broker, scope, writer, writerRoutes, options) };
      }),
      newCCIPProvider: unary(async ({ ccipProviderArgs }, options) => {
        const able = having("newCcipProvider", "NewCCIPProvider");
        const provider = await able.newCcipProvider(ccipProviderArgsFromWire(ccipProviderArgs), options);
        return { ccipProviderID: await serveObject(broker, scope, provider, ccipProviderRoutes, options) };
      }),
      latestHead: unary(async (_, options) => ({ head: headToWire(await relayer.latestHead(options)) })),
      finalizedHead: unary(async (_, options) => ({
        head: headToWire(await having("finalizedHead", "FinalizedHead").finalizedHead(options)),
      })),
      getChainStatus: unary(async (_, options) => {
        const { id, enabled, config } = await relayer.chainStatus(options);
        return { chain: { id, enabled, config } };
      }),
      getChainInfo: unary(async (_, options) => {
        const { familyName, chainId, networkName, networkNameFull } = await having(
          "chainInfo",
          "GetChainInfo",
        ).chainInfo(options);
        return { chainInfo: { familyName, chainId, networkName, networkNameFull } };
      }),
      listNodeStatuses: unary(async ({ pageSize, pageToken }, options) => {
        const page = await relayer.nodeStatuses({ size: pageSize, token: pageToken }, options);
        return {
          nodes: page.nodes.map(({ chainId, name, config, state }) => ({ chainID: chainId, name, config, state })),
          total: int32(page.total, "Total"),
          nextPageToken: page.nextPageToken,
        };
      }),
      transact: unary(async ({ from, to, amount, balanceCheck }, options) => {
        const able = having("transact", "Transact");
        await able.transact({ from, to, amount: requiredBigInt(amount, "the amount"), balanceCheck }, options);
        return {};
      }),
      replay: unary(async ({ fromBlock, args = {} }, options) => {
        await having("replay", "Replay").replay(fromBlock, args, options);
        return {};
      }),
    });
  };
}

function readerRoutes(reader: ContractReader & Service, scope: ObjectScope): Routes {
  return (router) => {
    serviceRoutes(reader, scope)(router);
    contractReaderRoutes(reader)(router);
  };
}

function writerRoutes(writer: ContractWriter & Service, scope: ObjectScope): Routes {
  return (router) => {
    serviceRoutes(writer, scope)(router);
    contractWriterRoutes(writer)(router);
  };
}

function ccipProviderRoutes(provider: CcipProvider, scope: ObjectScope): Routes {
  return (router) => {
    serviceRoutes(provider, scope)(router);
    provider.routes?.(router);
  };
}
