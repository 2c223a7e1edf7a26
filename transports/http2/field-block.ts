/** Field blocks, which may come in several frames. One is decoded when it is whole, whatever becomes of its stream. */
import { floodError } from "./errors.ts";
import { createDecoder, type FieldSection } from "./hpack/decoder.ts";

export interface FieldBlocks {
  /** A frame with so many bytes of the block that is being read is about to come. @throws Http2Error where that is too much */
  announce(bytes: number): void;
  /**
   * The next fragment of a block, or all of it.
   * @returns the section when the block is whole
   * @throws Http2Error for one that cannot be read
   */
  add(buffer: Buffer, start: number, end: number, isLast: boolean): FieldSection | undefined;
}

/** @param maxFieldBytes of a section. The block of one is not larger, but it may say twice as much, so that a section that is too large is known as that */
export function createFieldBlocks(maxFieldBytes: number): FieldBlocks {
  const decoder = createDecoder(maxFieldBytes);
  const mostBytes = maxFieldBytes * 2 + 16_384;
  let kept = Buffer.alloc(0);
  let keptBytes = 0;

  return {
    announce(bytes) {
      if (keptBytes + bytes > mostBytes) throw floodError("a field section without an end");
    },
    add(buffer, start, end, isLast) {
      if (isLast && keptBytes === 0) return decoder.decode(buffer, start, end);
      const needed = keptBytes + end - start;
      if (needed > kept.length) {
        const larger = Buffer.allocUnsafeSlow(Math.max(needed, kept.length * 2));
        kept.copy(larger, 0, 0, keptBytes);
        kept = larger;
      }
      buffer.copy(kept, keptBytes, start, end);
      keptBytes = needed;
      if (!isLast) return undefined;
      const whole = kept;
      kept = Buffer.alloc(0);
      keptBytes = 0;
      return decoder.decode(whole, 0, needed);
    },
  };
}
