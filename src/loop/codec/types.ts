/** Encodes and decodes a chain's values, by names from the relayer's config. */
import type { CallOptions } from "../types.ts";

/**
 * A value of any shape in one of chainlink-common's encodings. It is never decoded here.
 *
 * Version 0 is JSON, 1 JSON with numbers as strings, 2 CBOR (what Go sends), 3 the protobuf `values.v1.Value`. The answer
 * to a call has the version of its request.
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
   * @param query.n how many items an unbounded list in the value has, int32
   * @param query.forEncoding true for the length when encoding, false for decoding
   */
  maxSize(query: { n: number; itemType: string; forEncoding: boolean }, options?: CallOptions): Promise<number>;
}
