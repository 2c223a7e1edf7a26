/** Serves a codec under its current path and under the one from before May 2025, because callers probe for either. */
import type { ServiceImpl } from "@connectrpc/connect";
import { Codec as CodecRpc } from "../../../proto/gen/codec/codec_pb.ts";
import { Codec as OldCodecRpc } from "../../../proto/gen/loop/codec_pb.ts";
import type { Routes } from "../../../transports/connection.ts";
import { unary } from "../calls.ts";
import { int32 } from "../values.ts";
import { versionedFromWire, versionedToWire } from "./messages.ts";
import type { Codec } from "./types.ts";

export function codecRoutes(codec: Codec): Routes {
  const methods: ServiceImpl<typeof CodecRpc> = {
    getEncoding: unary(async ({ params, itemType }, options) => ({
      retVal: await codec.encode(versionedFromWire(params, "params"), itemType, options),
    })),
    getDecoding: unary(async ({ encoded, itemType, wireEncodingVersion }, options) => ({
      retVal: versionedToWire(await codec.decode(encoded, itemType, wireEncodingVersion, options)),
    })),
    getMaxSize: unary(async (query, options) => ({
      sizeInBytes: int32(await codec.maxSize(query, options), "SizeInBytes"),
    })),
  };
  return (router) => {
    router.service(CodecRpc, methods);
    router.service(OldCodecRpc, methods);
  };
}
