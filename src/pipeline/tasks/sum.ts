/** `sum`: the exact sum of the values. */
import { add } from "../decimal.ts";
import type { TaskDefinition } from "./definition.ts";
import { readNumbers, takeNumbers } from "./inputs.ts";

export const sumTask: TaskDefinition = {
  type: "sum",
  attributes: ["values", "allowedFaults"],
  requests: false,
  compile(attributes) {
    const numbers = readNumbers(attributes);
    return { run: (call) => takeNumbers(call, numbers).reduce(add) };
  },
};
