/** The head of a chain, and its conversion to and from the wire. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Head as HeadMessage, HeadSchema } from "../../proto/gen/loop/head_pb.ts";
import { required, uint64 } from "./values.ts";

export interface Head {
  /** Decimal. */
  readonly height: string;
  readonly hash: Uint8Array;
  /** Seconds since 1970. */
  readonly timestamp: bigint;
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
