/** `mean`: the sum of the values divided by their number, rounded like `divide`. */
import { add, divide, maxDigits, toDecimal } from "../decimal.ts";
import { readCandidates, takeNumbers } from "./candidates.ts";
import type { TaskDefinition } from "./definition.ts";
import { defaultPrecision } from "./divide.ts";

export const meanTask: TaskDefinition = {
  type: "mean",
  attributes: ["values", "allowedFaults", "precision"],
  requests: false,
  compile(attributes) {
    const candidates = readCandidates(attributes);
    const precision = attributes.integer("precision", -maxDigits, maxDigits);
    return {
      run(call) {
        const found = takeNumbers(call, candidates);
        if (found === undefined) return null;
        return divide(found.reduce(add), toDecimal(found.length), precision?.(call.scope) ?? defaultPrecision);
      },
    };
  },
};
