/** The relayer's messages between their types and the wire. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Head as HeadMessage, HeadSchema } from "../../../proto/gen/loop/head_pb.ts";
import type {
  PluginArgs as PluginArgsMessage,
  RelayArgs as RelayArgsMessage,
  RelayArgsSchema,
} from "../../../proto/gen/loop/relayer_pb.ts";
import { int32, required, uint64, uuidFromWire, uuidToWire } from "../values.ts";
import type { Head, PluginArgs, RelayArgs } from "./types.ts";

/** The one product that providers are made for here. */
export const medianProviderType = "median";

/** @throws SyntaxError when the external job id is no UUID; RangeError when the job id is out of bounds */
export function relayArgsToWire(args: RelayArgs): MessageInitShape<typeof RelayArgsSchema> {
  return {
    externalJobID: uuidToWire(args.externalJobId, "ExternalJobID"),
    jobID: int32(args.jobId, "JobID"),
    contractID: args.contractId,
    new: args.isNew,
    relayConfig: args.relayConfig,
    providerType: medianProviderType,
  };
}

/** @throws TypeError when they are absent; RangeError when the external job id has not 16 bytes */
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

/** @throws RangeError when the timestamp is out of bounds */
export function headToWire({ height, hash, timestamp }: Head): MessageInitShape<typeof HeadSchema> {
  return { height, hash, timestamp: uint64(timestamp, "Timestamp") };
}

/** @throws TypeError when it is absent */
export function headFromWire(message: HeadMessage | undefined): Head {
  const { height, hash, timestamp } = required(message, "head");
  return { height, hash, timestamp };
}
