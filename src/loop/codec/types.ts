/** What encodes and decodes a chain's values, by names from the relayer's config. */
import type { CallOptions } from "../types.ts";

/**
 * A value of any shape in one of chainlink-common's encodings; nothing here looks into it.
 *
 * Version 0 is JSON, 1 JSON with numbers as text, 2 CBOR (what Go sends), 3 the protobuf `values.v1.Value`. Answers are in the
 * version of the question.
 */
export interface VersionedBytes {
  readonly version: number;
  readonly data: Uint8Array;
}

export interface Codec {
  encode(value: VersionedBytes, itemType: string, options?: CallOptions): Promise<Uint8Array>;
  /** @param version the encoding of the answer */
  decode(encoded: Uint8Array, itemType: string, version: number, options?: CallOptions): Promise<VersionedBytes>;
  /**
   * Length in bytes of the longest value of a type.
   * @param query.n how many items an unbounded list in it has, int32
   * @param query.forEncoding whether it is asked for encoding or for decoding
   */
  maxSize(query: { n: number; itemType: string; forEncoding: boolean }, options?: CallOptions): Promise<number>;
}
