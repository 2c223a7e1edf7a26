/** `uppercase`: a text in capital letters. */
import { toText } from "../bytes.ts";
import type { TaskDefinition } from "./definition.ts";
import { operand } from "./inputs.ts";

export const uppercaseTask: TaskDefinition = {
  type: "uppercase",
  attributes: ["input"],
  requests: false,
  maxInputs: 1,
  compile(attributes) {
    const input = attributes.string("input");
    return { run: (call) => operand(call, "input", input, toText).toUpperCase() };
  },
};
