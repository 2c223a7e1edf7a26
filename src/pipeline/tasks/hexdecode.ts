/** `hexdecode`: the bytes of hex digits after `0x`. */
import { fromHex } from "../../values/bytes.ts";
import { toText } from "../bytes.ts";
import { describeValue } from "../decimal.ts";
import type { TaskDefinition } from "./definition.ts";
import { operand } from "./inputs.ts";

export const hexdecodeTask: TaskDefinition = {
  type: "hexdecode",
  attributes: ["input"],
  requests: false,
  maxInputs: 1,
  compile(attributes) {
    const input = attributes.string("input");
    return { run: (call) => decode(operand(call, "input", input, toText)) };
  },
};

function decode(text: string): Uint8Array {
  if (!/^0x/i.test(text)) throw new TypeError(`${describeValue(text)} has no 0x before its hex digits`);
  return fromHex(text.slice(2));
}
