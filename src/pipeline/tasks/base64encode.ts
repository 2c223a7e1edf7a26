/** `base64encode`: a text or bytes in Base64. */
import { Buffer } from "node:buffer";
import { toBytes } from "../bytes.ts";
import type { Value } from "../types.ts";
import { conversionTask } from "./conversion.ts";
import { asIs } from "./inputs.ts";

export const base64encodeTask = conversionTask("base64encode", asIs, encode);

/** Of a text that begins with `0x` these are the characters, not the hex digits. */
function encode(value: Value): string {
  const bytes = typeof value === "string" ? Buffer.from(value) : toBytes(value);
  return Buffer.from(bytes).toString("base64");
}
