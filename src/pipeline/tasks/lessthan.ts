/** `lessthan`: whether the left number, or else the input, is less than the right one. */
import { compare, toDecimal } from "../decimal.ts";
import type { TaskDefinition } from "./definition.ts";
import { operand } from "./inputs.ts";

export const lessthanTask: TaskDefinition = {
  type: "lessthan",
  attributes: ["left", "right"],
  requests: false,
  maxInputs: 1,
  compile(attributes) {
    attributes.require("right");
    const left = attributes.decimal("left");
    const right = attributes.decimal("right");
    return { run: (call) => compare(operand(call, "left", left, toDecimal), right!(call.scope)) < 0 };
  },
};
