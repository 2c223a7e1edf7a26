/** `multiply`: the exact product. */
import { multiply, toDecimal } from "../decimal.ts";
import type { TaskDefinition } from "./definition.ts";
import { operand } from "./inputs.ts";

export const multiplyTask: TaskDefinition = {
  type: "multiply",
  attributes: ["input", "times"],
  requests: false,
  compile(attributes) {
    attributes.require("times");
    const input = attributes.decimal("input");
    const times = attributes.decimal("times");
    return { run: (call) => multiply(operand(call, "input", input, toDecimal), times!(call.scope)) };
  },
};
