/** `mode`: the most frequent values, which may be of any type: `{"results": [...], "occurrences": 2}`. */
import { isLosslessNumber } from "lossless-json";
import { isBytes, toText } from "../bytes.ts";
import { isDecimal, toDecimal } from "../decimal.ts";
import { isJsonObject, stringifyJson } from "../json.ts";
import type { Value } from "../types.ts";
import { isList } from "../variables.ts";
import { readCandidates, takeCandidates } from "./candidates.ts";
import type { TaskDefinition } from "./definition.ts";

export const modeTask: TaskDefinition = {
  type: "mode",
  attributes: ["values", "allowedFaults"],
  requests: false,
  compile(attributes) {
    const candidates = readCandidates(attributes);
    return {
      run(call) {
        const counts = new Map<string, number>();
        let most = 0;
        // In the order in which each has come up so often.
        let results: Value[] = [];
        for (const value of takeCandidates(call, candidates) ?? []) {
          const text = textOf(value);
          const count = (counts.get(text) ?? 0) + 1;
          counts.set(text, count);
          if (count > most) results = [];
          most = Math.max(most, count);
          if (count === most) results.push(value);
        }
        return { results, occurrences: toDecimal(most) };
      },
    };
  },
};

/** Values with the same text are the same, such as `"1.5"` and `1.5`. */
function textOf(value: Value): string {
  if (typeof value === "string") return value;
  if (isDecimal(value) || isLosslessNumber(value)) return toDecimal(value).toFixed();
  return isBytes(value) ? toText(value) : stringifyJson(inOrder(value));
}

/** With the keys of all objects in one order, as Go writes them. */
function inOrder(value: Value): Value {
  if (isList(value)) return value.map(inOrder);
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, inOrder(inner)] as const);
  // No prototype: "__proto__" is an ordinary key in JSON.
  const sorted: Record<string, Value> = Object.create(null);
  for (const [key, inner] of entries.sort(([a], [b]) => (a < b ? -1 : 1))) sorted[key] = inner;
  return sorted;
}
