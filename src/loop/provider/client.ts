/** Calls the services of every provider: `loop.Service`, the config digester, the config tracker and the transmitter. */
import { createClient } from "@connectrpc/connect";
import {
  ContractConfigTracker as ContractConfigTrackerRpc,
  ContractTransmitter as ContractTransmitterRpc,
  OffchainConfigDigester as OffchainConfigDigesterRpc,
} from "../../../proto/gen/loop/relayer_pb.ts";
import type { Connection } from "../../../transports/connection.ts";
import { type CallTarget, connectionKey, type OverConnection } from "../connection.ts";
import { createServiceClient } from "../service/client.ts";
import { configDigest, uint8, uint64 } from "../values.ts";
import { contractConfigFromWire, contractConfigToWire, reportContextToWire } from "./messages.ts";
import type {
  ConfigProvider,
  ContractConfigTracker,
  ContractTransmitter,
  OffchainConfigDigester,
  PluginProvider,
} from "./types.ts";

/** @param options.name see `createServiceClient`; default `ConfigProviderClient` */
export function createConfigProviderClient(
  target: CallTarget,
  { name = "ConfigProviderClient" }: { name?: string } = {},
): ConfigProvider {
  return {
    ...createServiceClient(target, name),
    offchainConfigDigester: createOffchainConfigDigesterClient(target),
    contractConfigTracker: createContractConfigTrackerClient(target),
  };
}

/**
 * The client carries its connection, so that a plugin that gets it as its provider gets the connection's bytes without
 * decoding.
 * @param options.name see `createServiceClient`; default `PluginProviderClient`
 */
export function createPluginProviderClient(
  connection: Connection,
  { name = "PluginProviderClient" }: { name?: string } = {},
): PluginProvider & OverConnection {
  return {
    ...createConfigProviderClient(connection, { name }),
    contractTransmitter: createContractTransmitterClient(connection),
    [connectionKey]: connection,
  };
}

function createOffchainConfigDigesterClient(target: CallTarget): OffchainConfigDigester {
  const client = createClient(OffchainConfigDigesterRpc, target.transport);
  return {
    async configDigest(config, options) {
      const reply = await client.configDigest({ contractConfig: contractConfigToWire(config) }, options);
      return configDigest(reply.configDigest);
    },
    async configDigestPrefix(options) {
      return (await client.configDigestPrefix({}, options)).configDigestPrefix;
    },
  };
}

function createContractConfigTrackerClient(target: CallTarget): ContractConfigTracker {
  const client = createClient(ContractConfigTrackerRpc, target.transport);
  return {
    async latestConfigDetails(options) {
      const reply = await client.latestConfigDetails({}, options);
      return { changedInBlock: reply.changedInBlock, configDigest: configDigest(reply.configDigest) };
    },
    async latestConfig(changedInBlock, options) {
      const request = { changedInBlock: uint64(changedInBlock, "ChangedInBlock") };
      return contractConfigFromWire((await client.latestConfig(request, options)).contractConfig);
    },
    async latestBlockHeight(options) {
      return (await client.latestBlockHeight({}, options)).blockHeight;
    },
  };
}

function createContractTransmitterClient(target: CallTarget): ContractTransmitter {
  const client = createClient(ContractTransmitterRpc, target.transport);
  return {
    async transmit(context, report, signatures, options) {
      const request = {
        reportContext: reportContextToWire(context),
        report,
        attributedOnchainSignatures: signatures.map(({ signature, signer }) => ({
          signature,
          signer: uint8(signer, "Signer"),
        })),
      };
      await client.transmit(request, options);
    },
    async latestConfigDigestAndEpoch(options) {
      const reply = await client.latestConfigDigestAndEpoch({}, options);
      return { configDigest: configDigest(reply.configDigest), epoch: reply.epoch };
    },
    async fromAccount(options) {
      return (await client.fromAccount({}, options)).Account;
    },
  };
}
