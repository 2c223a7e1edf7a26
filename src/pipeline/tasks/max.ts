/** `max`: the greatest value. */
import { compare } from "../decimal.ts";
import { readCandidates, takeNumbers } from "./candidates.ts";
import type { TaskDefinition } from "./definition.ts";

export const maxTask: TaskDefinition = {
  type: "max",
  attributes: ["values", "allowedFaults", "lax"],
  requests: false,
  compile(attributes) {
    const candidates = readCandidates(attributes);
    return { run: (call) => takeNumbers(call, candidates)?.reduce((a, b) => (compare(b, a) > 0 ? b : a)) ?? null };
  },
};
