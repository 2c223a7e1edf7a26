/** Hosts of other ages, by what they send. */
import { fromBinary } from "@bufbuild/protobuf";
import { NewMedianFactoryRequestSchema } from "../../proto/gen/loop/median_pb.ts";
import { sendBytes } from "../../transports/calls/answer.ts";
import { map } from "../../transports/calls/iterables.ts";
import { createTransport } from "../../transports/calls/transport.ts";
import type { Connection } from "../../transports/connection.ts";
import { bytes } from "./samples.ts";

/** To a median plugin, as Chainlink's node 2.9.0 has it: NewMedianFactory is asked for in the numbering of then. */
export function asNodeOf2023<C extends Connection>(connection: C): C {
  const send = sendBytes(
    {
      call: (call) =>
        connection.bytes.call(
          call.path === "/loop.PluginMedian/NewMedianFactory" ? { ...call, input: map(call.input, renumbered) } : call,
        ),
    },
    1024 * 1024,
  );
  return { ...connection, transport: createTransport(send) };
}

/** The four ids that there were, each a tag and one byte. */
function renumbered(message: Uint8Array): Uint8Array {
  const request = fromBinary(NewMedianFactoryRequestSchema, message);
  const ids = [request.medianProviderID, request.dataSourceID, request.juelsPerFeeCoinDataSourceID, request.errorLogID];
  return bytes(...ids.flatMap((id, index) => [(index + 1) << 3, id]));
}
