/** Converts the relayer's messages to and from the wire. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  CCIPProviderArgsSchema,
  CCIPProviderArgs as CcipProviderArgsMessage,
  PluginArgs as PluginArgsMessage,
  RelayArgs as RelayArgsMessage,
  RelayArgsSchema,
} from "../../../proto/gen/loop/relayer_pb.ts";
import { int32, required, uint32, uuidFromWire, uuidToWire } from "../values.ts";
import type { ProviderType } from "./provider-types.ts";
import type { CcipProviderArgs, PluginArgs, RelayArgs } from "./types.ts";

/**
 * @param providerType default `median`
 * @throws SyntaxError when the external job id is not a UUID; RangeError when the job id is out of bounds
 */
export function relayArgsToWire(
  args: RelayArgs,
  providerType: ProviderType = "median",
): MessageInitShape<typeof RelayArgsSchema> {
  return {
    externalJobID: uuidToWire(args.externalJobId, "ExternalJobID"),
    jobID: int32(args.jobId, "JobID"),
    contractID: args.contractId,
    new: args.isNew,
    relayConfig: args.relayConfig,
    providerType,
  };
}

/** @throws TypeError when they are absent; RangeError when the external job id does not have 16 bytes */
export function relayArgsFromWire(message: RelayArgsMessage | undefined): RelayArgs {
  const args = required(message, "relayArgs");
  return {
    externalJobId: uuidFromWire(args.externalJobID, "ExternalJobID"),
    jobId: args.jobID,
    contractId: args.contractID,
    isNew: args.new,
    relayConfig: args.relayConfig,
  };
}

/** @throws TypeError when they are absent */
export function pluginArgsFromWire(message: PluginArgsMessage | undefined): PluginArgs {
  const { transmitterID, pluginConfig } = required(message, "pluginArgs");
  return { transmitterId: transmitterID, pluginConfig };
}

/** @throws SyntaxError when the external job id is not a UUID; RangeError when a number is out of bounds */
export function ccipProviderArgsToWire(args: CcipProviderArgs): MessageInitShape<typeof CCIPProviderArgsSchema> {
  return {
    externalJobID: uuidToWire(args.externalJobId, "ExternalJobID"),
    contractReaderConfig: args.contractReaderConfig,
    chainWriterConfig: args.chainWriterConfig,
    offRampAddress: args.offRampAddress,
    pluginType: uint32(args.pluginType, "PluginType"),
    syncedAddresses: Object.fromEntries(args.syncedAddresses),
    transmitterAddress: args.transmitterAddress,
    extraDataCodecBundleID: uint32(args.extraDataCodecBundleId, "ExtraDataCodecBundleID"),
  };
}

/** @throws TypeError when they are absent; RangeError when the external job id does not have 16 bytes */
export function ccipProviderArgsFromWire(message: CcipProviderArgsMessage | undefined): CcipProviderArgs {
  const args = required(message, "ccipProviderArgs");
  return {
    externalJobId: uuidFromWire(args.externalJobID, "ExternalJobID"),
    contractReaderConfig: args.contractReaderConfig,
    chainWriterConfig: args.chainWriterConfig,
    offRampAddress: args.offRampAddress,
    pluginType: args.pluginType,
    syncedAddresses: new Map(Object.entries(args.syncedAddresses)),
    transmitterAddress: args.transmitterAddress,
    extraDataCodecBundleId: args.extraDataCodecBundleID,
  };
}
