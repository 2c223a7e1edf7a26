/** Serves the services of every provider: `loop.Service`, the config digester, the config tracker and the transmitter. */
import {
  ContractConfigTracker as ContractConfigTrackerRpc,
  ContractTransmitter as ContractTransmitterRpc,
  OffchainConfigDigester as OffchainConfigDigesterRpc,
} from "../../../proto/gen/loop/relayer_pb.ts";
import type { Routes } from "../../../transports/connection.ts";
import { unary } from "../calls.ts";
import { codecRoutes } from "../codec/server.ts";
import { contractReaderRoutes } from "../contract-reader/server.ts";
import { createObjectScope, type ObjectScope } from "../object-scope.ts";
import { serviceRoutes } from "../service/server.ts";
import { configDigest, uint8, uint32, uint64 } from "../values.ts";
import { contractConfigFromWire, contractConfigToWire, reportContextFromWire } from "./messages.ts";
import type {
  ConfigProvider,
  ContractConfigTracker,
  ContractTransmitter,
  OffchainConfigDigester,
  PluginProvider,
} from "./types.ts";

/** @param scope what `Close` ends; by default only the provider */
export function configProviderRoutes(
  provider: ConfigProvider,
  scope: ObjectScope = createObjectScope(provider),
): Routes {
  return (router) => {
    serviceRoutes(provider, scope)(router);
    offchainConfigDigesterRoutes(provider.offchainConfigDigester)(router);
    contractConfigTrackerRoutes(provider.contractConfigTracker)(router);
  };
}

/**
 * Also serves a contract reader and a codec when the provider has them. If it does not, a product that calls them gets
 * Unimplemented.
 * @param scope what `Close` ends; by default only the provider
 */
export function pluginProviderRoutes(
  provider: PluginProvider,
  scope: ObjectScope = createObjectScope(provider),
): Routes {
  return (router) => {
    configProviderRoutes(provider, scope)(router);
    contractTransmitterRoutes(provider.contractTransmitter)(router);
    if (provider.contractReader !== undefined) contractReaderRoutes(provider.contractReader)(router);
    if (provider.codec !== undefined) codecRoutes(provider.codec)(router);
  };
}

function offchainConfigDigesterRoutes(digester: OffchainConfigDigester): Routes {
  return (router) => {
    router.service(OffchainConfigDigesterRpc, {
      configDigest: unary(async ({ contractConfig }, options) => ({
        configDigest: configDigest(await digester.configDigest(contractConfigFromWire(contractConfig), options)),
      })),
      configDigestPrefix: unary(async (_, options) => ({
        configDigestPrefix: uint32(await digester.configDigestPrefix(options), "ConfigDigestPrefix"),
      })),
    });
  };
}

function contractConfigTrackerRoutes(tracker: ContractConfigTracker): Routes {
  return (router) => {
    router.service(ContractConfigTrackerRpc, {
      latestConfigDetails: unary(async (_, options) => {
        const latest = await tracker.latestConfigDetails(options);
        return {
          changedInBlock: uint64(latest.changedInBlock, "ChangedInBlock"),
          configDigest: configDigest(latest.configDigest),
        };
      }),
      latestConfig: unary(async ({ changedInBlock }, options) => ({
        contractConfig: contractConfigToWire(await tracker.latestConfig(changedInBlock, options)),
      })),
      latestBlockHeight: unary(async (_, options) => ({
        blockHeight: uint64(await tracker.latestBlockHeight(options), "BlockHeight"),
      })),
    });
  };
}

function contractTransmitterRoutes(transmitter: ContractTransmitter): Routes {
  return (router) => {
    router.service(ContractTransmitterRpc, {
      transmit: unary(async ({ reportContext, report, attributedOnchainSignatures }, options) => {
        const context = reportContextFromWire(reportContext);
        const signatures = attributedOnchainSignatures.map(({ signature, signer }) => ({
          signature,
          signer: uint8(signer, "Signer"),
        }));
        await transmitter.transmit(context, report, signatures, options);
        return {};
      }),
      latestConfigDigestAndEpoch: unary(async (_, options) => {
        const latest = await transmitter.latestConfigDigestAndEpoch(options);
        return { configDigest: configDigest(latest.configDigest), epoch: uint32(latest.epoch, "Epoch") };
      }),
      fromAccount: unary(async (_, options) => ({ Account: await transmitter.fromAccount(options) })),
    });
  };
}
