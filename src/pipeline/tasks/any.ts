/** `any`: one of the inputs that did not fail, by chance. */
import { randomInt } from "node:crypto";
import type { TaskDefinition } from "./definition.ts";

export const anyTask: TaskDefinition = {
  type: "any",
  attributes: [],
  requests: false,
  compile: () => ({
    run(call) {
      const found = call.inputs.flatMap((input) => (input.error === undefined ? [input.value] : []));
      if (found.length === 0) throw call.inputs[0]?.error ?? new TypeError("It has no input: draw an edge to it");
      return found[randomInt(found.length)]!;
    },
  }),
};
