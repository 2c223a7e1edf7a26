/** The three words by which OCR2 ties a report to its config, its logical time and its round's observations. */
import type { ReportContext } from "../loop/types.ts";

/**
 * Three words of 32 bytes: the config digest; 27 zero bytes, the epoch (uint32, big-endian) and the round (uint8); the
 * extra hash.
 * @throws RangeError when a part does not fit
 */
export function reportContextWords(context: ReportContext): [Uint8Array, Uint8Array, Uint8Array] {
  const { configDigest, epoch, round } = context.reportTimestamp;
  const time = Buffer.alloc(32);
  time.writeUInt32BE(epoch, 27);
  time.writeUInt8(round, 31);
  return [word("configDigest", configDigest), Uint8Array.from(time), word("extraHash", context.extraHash)];
}

function word(name: string, bytes: Uint8Array): Uint8Array {
  if (bytes.length === 32) return bytes;
  throw new RangeError(`Cannot use the report context: ${name} has ${bytes.length} bytes, it must have 32`);
}
