/** `divide`: the quotient, rounded half away from zero; 16 digits after the point unless `precision` says otherwise. */
import { divide, maxDigits, toDecimal } from "../decimal.ts";
import type { TaskDefinition } from "./definition.ts";
import { operand } from "./inputs.ts";

/** The precision of Chainlink's decimals. */
export const defaultPrecision = 16;

export const divideTask: TaskDefinition = {
  type: "divide",
  attributes: ["input", "divisor", "precision"],
  requests: false,
  compile(attributes) {
    attributes.require("divisor");
    const input = attributes.decimal("input");
    const divisor = attributes.decimal("divisor");
    const precision = attributes.integer("precision", -maxDigits, maxDigits);
    return {
      run: (call) =>
        divide(
          operand(call, "input", input, toDecimal),
          divisor!(call.scope),
          precision?.(call.scope) ?? defaultPrecision,
        ),
    };
  },
};
