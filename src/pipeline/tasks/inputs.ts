/** Reads the inputs of tasks that need all of them. */
import type { Parameter } from "../attributes.ts";
import type { TaskCall, Value } from "../types.ts";

/**
 * The values of all inputs.
 * @throws TaskError of the first input that failed
 */
export function inputValues(call: TaskCall): Value[] {
  return call.inputs.map((input) => {
    if (input.error !== undefined) throw input.error;
    return input.value;
  });
}

/**
 * The value that a task works on: its attribute, or else its first input.
 * @param key the attribute
 * @param convert makes what the task needs of the input
 * @throws TaskError of an input that failed
 * @throws TypeError when there is neither
 */
export function operand<T>(
  call: TaskCall,
  key: string,
  parameter: Parameter<T> | undefined,
  convert: (value: Value) => T,
): T {
  const inputs = inputValues(call);
  if (parameter !== undefined) return parameter(call.scope);
  const [first] = inputs;
  if (first === undefined) throw new TypeError(`It has no input: draw an edge to it, or set its attribute \`${key}\``);
  return convert(first);
}

/** For a task that takes every value. */
export function asIs(value: Value): Value {
  return value;
}
