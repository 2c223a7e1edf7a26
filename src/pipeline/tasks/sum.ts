/** `sum`: the exact sum of the values. */
import { add } from "../decimal.ts";
import { readCandidates, takeNumbers } from "./candidates.ts";
import type { TaskDefinition } from "./definition.ts";

export const sumTask: TaskDefinition = {
  type: "sum",
  attributes: ["values", "allowedFaults"],
  requests: false,
  compile(attributes) {
    const candidates = readCandidates(attributes);
    return { run: (call) => takeNumbers(call, candidates)?.reduce(add) ?? null };
  },
};
