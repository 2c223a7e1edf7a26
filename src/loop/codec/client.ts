/** Calls `codec.Codec`, or `loop.Codec` as it was named before May 2025. */
import { type Client, createClient } from "@connectrpc/connect";
import { Codec as CodecRpc } from "../../../proto/gen/codec/codec_pb.ts";
import { Codec as OldCodecRpc } from "../../../proto/gen/loop/codec_pb.ts";
import type { CallTarget } from "../connection.ts";
import { isUnimplemented } from "../unimplemented.ts";
import { int32 } from "../values.ts";
import { versionedFromWire, versionedToWire } from "./messages.ts";
import type { Codec } from "./types.ts";

/** The first call finds out which of the two paths the other side has; if it has neither, every call is Unimplemented. */
export function createCodecClient(target: CallTarget): Codec {
  const current: Client<typeof CodecRpc> = createClient(CodecRpc, target.transport);
  // The same methods and messages.
  const old: Client<typeof CodecRpc> = createClient(OldCodecRpc, target.transport);
  let known: Client<typeof CodecRpc> | undefined;

  async function call<T>(work: (client: Client<typeof CodecRpc>) => Promise<T>): Promise<T> {
    if (known !== undefined) return work(known);
    try {
      const answer = await work(current);
      known = current;
      return answer;
    } catch (error) {
      if (!isUnimplemented(error)) throw error;
    }
    const answer = await work(old);
    known = old;
    return answer;
  }

  return {
    async encode(value, itemType, options) {
      const request = { params: versionedToWire(value), itemType };
      return (await call((client) => client.getEncoding(request, options))).retVal;
    },
    async decode(encoded, itemType, version, options) {
      const request = { encoded, itemType, wireEncodingVersion: version };
      return versionedFromWire((await call((client) => client.getDecoding(request, options))).retVal, "retVal");
    },
    async maxSize({ n, itemType, forEncoding }, options) {
      const request = { n: int32(n, "N"), itemType, forEncoding };
      return (await call((client) => client.getMaxSize(request, options))).sizeInBytes;
    },
  };
}
