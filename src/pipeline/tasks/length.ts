/** `length`: the number of bytes of a text in UTF-8, of hex digits after `0x`, or of bytes. */
import { toBytes } from "../bytes.ts";
import { toDecimal } from "../decimal.ts";
import type { TaskDefinition } from "./definition.ts";
import { operand } from "./inputs.ts";

export const lengthTask: TaskDefinition = {
  type: "length",
  attributes: ["input"],
  requests: false,
  maxInputs: 1,
  compile(attributes) {
    const input = attributes.parameter("input", toBytes);
    return { run: (call) => toDecimal(operand(call, "input", input, toBytes).length) };
  },
};
