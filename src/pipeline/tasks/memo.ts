/** `memo`: a value as it is written, JSON with variables, or else its input. */
import type { TaskDefinition } from "./definition.ts";
import { asIs, operand } from "./inputs.ts";

export const memoTask: TaskDefinition = {
  type: "memo",
  attributes: ["value"],
  requests: false,
  maxInputs: 1,
  compile(attributes) {
    const value = attributes.json("value");
    return { run: (call) => operand(call, "value", value?.render, asIs) };
  },
};
