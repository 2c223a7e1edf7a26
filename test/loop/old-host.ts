/** Hosts of other ages, by what they send. */
import { fromBinary } from "@bufbuild/protobuf";
import { NewMedianFactoryRequestSchema } from "../../proto/gen/loop/median_pb.ts";
import { connectionOver, overBytes } from "../../transports/calls/connection.ts";
import type { Carrier, Connection } from "../../transports/connection.ts";
import { bytes } from "./samples.ts";

/** To a median plugin, as Chainlink's node 2.9.0 has it: NewMedianFactory is asked for in the numbering of then. */
export function asNodeOf2023<C extends Connection>(connection: C): C {
  const carrier: Carrier<Uint8Array> = {
    unary: (call) =>
      connection.bytes.unary(
        call.path === "/loop.PluginMedian/NewMedianFactory" ? { ...call, message: renumbered(call.message) } : call,
      ),
    stream: (call) => connection.bytes.stream(call),
  };
  return { ...connection, transport: connectionOver(overBytes(carrier, 1024 * 1024), async () => {}).transport };
}

/** The four ids that there were, each a tag and one byte. */
function renumbered(message: Uint8Array): Uint8Array {
  const request = fromBinary(NewMedianFactoryRequestSchema, message);
  const ids = [request.medianProviderID, request.dataSourceID, request.juelsPerFeeCoinDataSourceID, request.errorLogID];
  return bytes(...ids.flatMap((id, index) => [(index + 1) << 3, id]));
}
