/** `conditional`: true where its condition is, and a failure where it is not. */
import { toFlag } from "../attributes.ts";
import type { TaskDefinition } from "./definition.ts";
import { operand } from "./inputs.ts";

export const conditionalTask: TaskDefinition = {
  type: "conditional",
  attributes: ["data"],
  requests: false,
  maxInputs: 1,
  compile(attributes) {
    const data = attributes.parameter("data", toFlag);
    return {
      run(call) {
        if (!operand(call, "data", data, toFlag)) throw new Error("The condition is false");
        return true;
      },
    };
  },
};
