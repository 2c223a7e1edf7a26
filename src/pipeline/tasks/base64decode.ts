/** `base64decode`: the bytes of a text in Base64. */
import { Buffer } from "node:buffer";
import { toText } from "../bytes.ts";
import { describeValue } from "../decimal.ts";
import { conversionTask } from "./conversion.ts";

export const base64decodeTask = conversionTask("base64decode", toText, decode);

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function decode(text: string): Uint8Array {
  const digits = text.replace(/[\r\n]/g, "");
  if (!base64.test(digits)) throw new TypeError(`${describeValue(text)} is not Base64`);
  return Uint8Array.from(Buffer.from(digits, "base64"));
}
