/** The bounds of a median feed as EVM and Solana hold them: version byte 1, then min and max as int192, 49 bytes. */
import type { OnchainConfig, OnchainConfigCodec } from "../loop/median-provider/types.ts";
import { decodeInt192, encodeInt192, int192Length } from "../values/int192.ts";

const version = 1;
const length = 1 + 2 * int192Length;

export const onchainConfigCodec: OnchainConfigCodec = {
  encode: async (config) => encodeOnchainConfig(config),
  decode: async (encoded) => decodeOnchainConfig(encoded),
};

/** @throws RangeError when min is above max, or a bound is outside int192 */
export function encodeOnchainConfig(config: OnchainConfig): Uint8Array {
  refuseEmptyRange(config);
  return Uint8Array.from([version, ...encodeInt192(config.min, "min"), ...encodeInt192(config.max, "max")]);
}

/** @throws RangeError when the length or the version is another, or min is above max */
export function decodeOnchainConfig(encoded: Uint8Array): OnchainConfig {
  if (encoded.length !== length) {
    throw new RangeError(`Cannot read the onchain config: it has ${encoded.length} bytes, it must have ${length}`);
  }
  if (encoded[0] !== version) {
    throw new RangeError(`Cannot read the onchain config: its version is ${encoded[0]}, the one known is ${version}`);
  }
  const config = {
    min: decodeInt192(encoded.subarray(1, 1 + int192Length), "min"),
    max: decodeInt192(encoded.subarray(1 + int192Length), "max"),
  };
  refuseEmptyRange(config);
  return config;
}

function refuseEmptyRange({ min, max }: OnchainConfig) {
  if (min > max) throw new RangeError(`Cannot use the onchain config: min ${min} is above max ${max}`);
}
