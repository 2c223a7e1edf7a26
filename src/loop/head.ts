/** A block's head between its type and the wire. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Head as HeadMessage, HeadSchema } from "../../proto/gen/loop/head_pb.ts";
import type { Head } from "./relayer/types.ts";
import { required, uint64 } from "./values.ts";

/** @throws RangeError when the timestamp is out of bounds */
export function headToWire({ height, hash, timestamp }: Head): MessageInitShape<typeof HeadSchema> {
  return { height, hash, timestamp: uint64(timestamp, "Timestamp") };
}

/** @throws TypeError when it is absent */
export function headFromWire(message: HeadMessage | undefined): Head {
  const { height, hash, timestamp } = required(message, "head");
  return { height, hash, timestamp };
}
