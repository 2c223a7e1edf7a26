/** `median`: the middle value; for an even number of values the mean of the two middle ones. */
import { add, compare, multiply, toDecimal } from "../decimal.ts";
import type { TaskDefinition } from "./definition.ts";
import { readNumbers, takeNumbers } from "./inputs.ts";

/** A multiplication, because it halves exactly, whatever the number of digits. */
const half = toDecimal("0.5");

export const medianTask: TaskDefinition = {
  type: "median",
  attributes: ["values", "allowedFaults"],
  requests: false,
  compile(attributes) {
    const numbers = readNumbers(attributes);
    return {
      run(call) {
        const sorted = takeNumbers(call, numbers).sort(compare);
        const upper = sorted[Math.floor(sorted.length / 2)]!;
        if (sorted.length % 2 === 1) return upper;
        return multiply(add(upper, sorted[sorted.length / 2 - 1]!), half);
      },
    };
  },
};
