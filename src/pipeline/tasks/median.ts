/** `median`: the middle value; for an even number of values the mean of the two middle ones, rounded like `divide`. */
import { add, compare, divide, toDecimal } from "../decimal.ts";
import { readCandidates, takeNumbers } from "./candidates.ts";
import type { TaskDefinition } from "./definition.ts";
import { defaultPrecision } from "./divide.ts";

const two = toDecimal(2);

export const medianTask: TaskDefinition = {
  type: "median",
  attributes: ["values", "allowedFaults", "lax", "countNilsAsFaults"],
  requests: false,
  compile(attributes) {
    const candidates = readCandidates(attributes);
    return {
      run(call) {
        const sorted = takeNumbers(call, candidates)?.sort(compare);
        if (sorted === undefined) return null;
        const upper = sorted[Math.floor(sorted.length / 2)]!;
        if (sorted.length % 2 === 1) return upper;
        return divide(add(upper, sorted[sorted.length / 2 - 1]!), two, defaultPrecision);
      },
    };
  },
};
