/** `mean`: the sum of the values divided by their number, rounded like `divide`. */
import { add, divide, maxDigits, toDecimal } from "../decimal.ts";
import type { TaskDefinition } from "./definition.ts";
import { defaultPrecision } from "./divide.ts";
import { readNumbers, takeNumbers } from "./inputs.ts";

export const meanTask: TaskDefinition = {
  type: "mean",
  attributes: ["values", "allowedFaults", "precision"],
  requests: false,
  compile(attributes) {
    const numbers = readNumbers(attributes);
    const precision = attributes.integer("precision", -maxDigits, maxDigits);
    return {
      run(call) {
        const found = takeNumbers(call, numbers);
        const count = toDecimal(found.length);
        return divide(found.reduce(add), count, precision?.(call.scope) ?? defaultPrecision);
      },
    };
  },
};
