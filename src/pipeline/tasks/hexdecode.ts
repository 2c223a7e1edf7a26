/** `hexdecode`: the bytes of hex digits after `0x`. */
import { fromHex } from "../../values/bytes.ts";
import { toText } from "../bytes.ts";
import { describeValue } from "../decimal.ts";
import { conversionTask } from "./conversion.ts";

export const hexdecodeTask = conversionTask("hexdecode", toText, decode);

function decode(text: string): Uint8Array {
  if (!/^0x/i.test(text)) throw new TypeError(`${describeValue(text)} has no 0x before its hex digits`);
  return fromHex(text.slice(2));
}
