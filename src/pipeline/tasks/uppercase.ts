/** `uppercase`: a text in capital letters. */
import { toText } from "../bytes.ts";
import { conversionTask } from "./conversion.ts";

export const uppercaseTask = conversionTask("uppercase", toText, (text) => text.toUpperCase());
