/** The message that several plugin kinds share. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  ReportTimestamp as ReportTimestampMessage,
  ReportTimestampSchema,
} from "../../proto/gen/loop/relayer_pb.ts";
import type { ReportTimestamp } from "./types.ts";
import { configDigest, required, uint8, uint32 } from "./values.ts";

/** @throws RangeError when the digest, the epoch or the round is out of bounds */
export function reportTimestampToWire(timestamp: ReportTimestamp): MessageInitShape<typeof ReportTimestampSchema> {
  return {
    configDigest: configDigest(timestamp.configDigest),
    epoch: uint32(timestamp.epoch, "Epoch"),
    round: uint8(timestamp.round, "Round"),
  };
}

/** @throws TypeError when it is absent; RangeError when the digest or the round is out of bounds */
export function reportTimestampFromWire(message: ReportTimestampMessage | undefined): ReportTimestamp {
  const { configDigest: digest, epoch, round } = required(message, "reportTimestamp");
  return { configDigest: configDigest(digest), epoch, round: uint8(round, "Round") };
}
