/** `length`: the number of bytes of a text in UTF-8, of hex digits after `0x`, or of bytes. */
import { toBytes } from "../bytes.ts";
import { toDecimal } from "../decimal.ts";
import { conversionTask } from "./conversion.ts";

export const lengthTask = conversionTask("length", toBytes, (bytes) => toDecimal(bytes.length));
