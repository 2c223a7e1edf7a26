/** `lookup`: the value of a key in the object that is its input; null where the object has no such key. */
import { describeValue } from "../decimal.ts";
import { isJsonObject } from "../json.ts";
import type { TaskDefinition } from "./definition.ts";
import { inputValues } from "./inputs.ts";

export const lookupTask: TaskDefinition = {
  type: "lookup",
  attributes: ["key"],
  requests: false,
  maxInputs: 1,
  compile(attributes) {
    const key = attributes.literal("key") ?? "";
    return {
      run(call) {
        const [input] = inputValues(call);
        if (!isJsonObject(input)) throw new TypeError(`Expected an object as its input, got ${describeValue(input)}`);
        return Object.hasOwn(input, key) ? input[key]! : null;
      },
    };
  },
};
