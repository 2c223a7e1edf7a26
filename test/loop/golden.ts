/** Golden bytes: compares messages with their encoding as written by hand. */
import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { expect } from "vitest";
import { toHex } from "../../src/values/bytes.ts";
import { digest } from "./samples.ts";

/** Hexadecimal digits with optional spaces. Text in quotes stands for its bytes. */
export function wire(text: string): Uint8Array {
  const parts = text.match(/"[^"]*"|[0-9a-f]{2}/g) ?? [];
  return Uint8Array.from(
    parts.flatMap((part) =>
      part.startsWith('"') ? [...new TextEncoder().encode(part.slice(1, -1))] : [Number.parseInt(part, 16)],
    ),
  );
}

export const d1 = `20 ${toHex(digest(1))}`;

export function expectBytes<T extends DescMessage>(
  schema: T,
  message: MessageInitShape<T>,
  expected: string,
): MessageShape<T> {
  expect(toHex(toBinary(schema, create(schema, message)))).toBe(toHex(wire(expected)));
  return fromBinary(schema, wire(expected));
}
