/** `lowercase`: a text in small letters. */
import { toText } from "../bytes.ts";
import type { TaskDefinition } from "./definition.ts";
import { operand } from "./inputs.ts";

export const lowercaseTask: TaskDefinition = {
  type: "lowercase",
  attributes: ["input"],
  requests: false,
  maxInputs: 1,
  compile(attributes) {
    const input = attributes.string("input");
    return { run: (call) => operand(call, "input", input, toText).toLowerCase() };
  },
};
