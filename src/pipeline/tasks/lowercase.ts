/** `lowercase`: a text in small letters. */
import { toText } from "../bytes.ts";
import { conversionTask } from "./conversion.ts";

export const lowercaseTask = conversionTask("lowercase", toText, (text) => text.toLowerCase());
