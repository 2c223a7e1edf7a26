/**
 * RFC 7541, Appendix B: text in fewer bits, read only. (What is written here is as it is: after its first use a field is a number.) The code
 * is canonical: the lengths say all of it, because codes of one length follow each other in the order of their bytes.
 */
import { compressionError } from "../errors.ts";

/** In bits, by byte; last the mark of the end, which no text may contain. */
// biome-ignore format: a table
const codeLengths: readonly number[] = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
  6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
  15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
  20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
  22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
  26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
  20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
  30,
];
const endMark = 256;

/**
 * What four more bits lead to, by node of the tree of codes and those bits: the next node, and with `emits` the byte that has become
 * complete, above it. No code is shorter than five bits.
 */
let steps: Int32Array | undefined;
const emits = 1 << 16;
const fails = 1 << 17;
/** By node: whether a text may end there, which is padded with fewer than eight bits, all ones. */
let isEnd: Uint8Array | undefined;

function build(): void {
  // Children of a node: another node from 1, or ~byte; 0 is nothing yet.
  const children: number[] = [0, 0];
  let code = 0;
  let length = 0;
  const order = codeLengths.map((_, byte) => byte).sort((a, b) => codeLengths[a]! - codeLengths[b]! || a - b);
  for (const byte of order) {
    code <<= codeLengths[byte]! - length;
    length = codeLengths[byte]!;
    let node = 0;
    for (let bit = length - 1; bit > 0; bit--) {
      const slot = node * 2 + ((code >>> bit) & 1);
      if (children[slot] === 0) {
        children[slot] = children.length / 2;
        children.push(0, 0);
      }
      node = children[slot]!;
    }
    children[node * 2 + (code & 1)] = ~byte;
    code++;
  }

  const nodes = children.length / 2;
  steps = new Int32Array(nodes * 16);
  for (let from = 0; from < nodes; from++) {
    for (let bits = 0; bits < 16; bits++) {
      let node = from;
      let emitted = 0;
      for (let bit = 3; bit >= 0; bit--) {
        const child = children[node * 2 + ((bits >>> bit) & 1)]!;
        if (child === ~endMark) emitted = fails;
        if (child >= 0) node = child;
        else {
          node = 0;
          emitted |= emits | ((~child & 255) << 8);
        }
      }
      steps[from * 16 + bits] = node | emitted;
    }
  }
  isEnd = new Uint8Array(nodes);
  for (let ones = 0, node = 0; ones < 8; ones++) {
    isEnd[node] = 1;
    node = children[node * 2 + 1]!;
  }
}

const scratch = Buffer.allocUnsafeSlow(4096);

/**
 * The text, a character for a byte.
 * @throws Http2Error for anything but a complete text
 */
export function decodeHuffman(buffer: Uint8Array, start: number, end: number): string {
  if (steps === undefined) build();
  // Five bits are the least for a byte.
  const most = Math.ceil(((end - start) * 8) / 5);
  const into = most <= scratch.length ? scratch : Buffer.allocUnsafe(most);
  let length = 0;
  let node = 0;
  for (let at = start; at < end; at++) {
    const byte = buffer[at]!;
    for (let shift = 4; shift >= 0; shift -= 4) {
      const step = steps![node * 16 + ((byte >>> shift) & 15)]!;
      if (step >= emits) {
        if (step >= fails) throw compressionError("a text contains the mark of its end");
        into[length++] = (step >>> 8) & 255;
      }
      node = step & 255;
    }
  }
  if (isEnd![node] === 0) throw compressionError("a text ends within a character");
  return into.toString("latin1", 0, length);
}
