/** `merge`: the keys of two objects in one; of a key in both, the value of the right one. */

import { isBytes, toText } from "../bytes.ts";
import { describeValue } from "../decimal.ts";
import { isJsonObject, parseJson } from "../json.ts";
import type { Value } from "../types.ts";
import type { TaskDefinition } from "./definition.ts";
import { asIs, operand } from "./inputs.ts";

export const mergeTask: TaskDefinition = {
  type: "merge",
  attributes: ["left", "right"],
  requests: false,
  maxInputs: 1,
  compile(attributes) {
    attributes.require("right");
    const left = attributes.json("left");
    const right = attributes.json("right");
    return {
      run(call) {
        const under = toObject("left", operand(call, "left", left?.render, asIs));
        // No prototype: "__proto__" is an ordinary key in JSON.
        return Object.assign(Object.create(null), under, toObject("right", right!.render(call.scope)));
      },
    };
  },
};

/** An object, or JSON text of one; null is an empty one. */
export function toObject(key: string, value: Value): { readonly [key: string]: Value } {
  const object = typeof value === "string" || isBytes(value) ? parseJson(toText(value)) : (value ?? {});
  if (!isJsonObject(object)) throw new TypeError(`${key}: Expected a JSON object, got ${describeValue(object)}`);
  return object;
}
