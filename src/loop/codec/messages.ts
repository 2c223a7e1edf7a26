/** Converts encoded values to and from the wire. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  VersionedBytes as VersionedBytesMessage,
  VersionedBytesSchema,
} from "../../../proto/gen/codec/codec_pb.ts";
import { required, uint32 } from "../values.ts";
import type { VersionedBytes } from "./types.ts";

/** @throws RangeError when the version is out of bounds */
export function versionedToWire({ version, data }: VersionedBytes): MessageInitShape<typeof VersionedBytesSchema> {
  return { version: uint32(version, "Version"), data };
}

/**
 * @param what the field's name on the wire
 * @throws TypeError when it is absent
 */
export function versionedFromWire(message: VersionedBytesMessage | undefined, what: string): VersionedBytes {
  const { version, data } = required(message, what);
  return { version, data };
}
