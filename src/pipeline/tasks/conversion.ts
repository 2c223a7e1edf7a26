/** The tasks that make one value of another: their attribute `input`, or else their only input. */
import type { Value } from "../types.ts";
import type { TaskDefinition } from "./definition.ts";
import { operand } from "./inputs.ts";

/** @param read makes what the task needs of a value, or refuses it */
export function conversionTask<T>(
  type: string,
  read: (value: Value) => T,
  convert: (input: T) => Value,
): TaskDefinition {
  return {
    type,
    attributes: ["input"],
    requests: false,
    maxInputs: 1,
    compile(attributes) {
      const input = attributes.parameter("input", read);
      return { run: (call) => convert(operand(call, "input", input, read)) };
    },
  };
}
