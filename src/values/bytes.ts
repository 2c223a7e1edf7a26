/** Bytes: comparison, and hex digits written and read. */
import { describe } from "./text.ts";

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** Hex digits in lower case, without `0x`. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

/**
 * The reverse of {@link toHex}, in either case.
 * @throws SyntaxError for anything but pairs of hex digits
 */
export function fromHex(digits: string): Uint8Array<ArrayBuffer> {
  if (!/^(?:[0-9a-f]{2})*$/i.test(digits)) throw new SyntaxError(`${describe(digits)} is not pairs of hex digits`);
  return Uint8Array.from(Buffer.from(digits, "hex"));
}
