/** Reads the inputs of tasks that need all of them, and of tasks that tolerate missing ones. */
import { errorText } from "../../values/error-text.ts";
import { shorten } from "../../values/text.ts";
import type { Attributes, Parameter } from "../attributes.ts";
import { type Decimal, toDecimal } from "../decimal.ts";
import type { TaskCall, TaskResult, Value } from "../types.ts";
import type { JsonTemplate } from "../variables.ts";

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
 * @throws TaskError of an input that failed
 * @throws TypeError when there is neither
 */
export function operand(call: TaskCall, parameter: Parameter<Decimal> | undefined): Decimal {
  const inputs = inputValues(call);
  if (parameter !== undefined) return parameter(call.scope);
  if (inputs.length === 0) throw new TypeError("It has no input: draw an edge to it, or set its attribute `input`");
  return toDecimal(inputs[0]);
}

/** The numbers of a median, a mean or a sum, some of which may be missing. */
export interface Numbers {
  readonly values: JsonTemplate | undefined;
  readonly allowedFaults: Parameter<number> | undefined;
}

export function readNumbers(attributes: Attributes): Numbers {
  return { values: attributes.json("values"), allowedFaults: attributes.integer("allowedFaults", 0, 1000) };
}

/**
 * The numbers that exist. A failed task, or a value that is not a number, is a fault; by default all but one may be faults.
 * @throws TypeError that names the faults when there are more than allowed
 */
export function takeNumbers(call: TaskCall, numbers: Numbers): Decimal[] {
  const results: readonly TaskResult[] = numbers.values?.renderItems(call.scope) ?? call.inputs;
  const allowed = numbers.allowedFaults?.(call.scope) ?? Math.max(0, results.length - 1);
  const found: Decimal[] = [];
  const faults: string[] = [];
  for (const result of results) {
    try {
      if (result.error !== undefined) throw result.error;
      found.push(toDecimal(result.value));
    } catch (error) {
      // Shortened, because a fault may itself list faults.
      faults.push(shorten(errorText(error), 300));
    }
  }
  if (faults.length > allowed || found.length === 0) {
    const reasons = faults.length === 0 ? "there are no inputs" : faults.slice(0, 5).join("; ");
    throw new TypeError(
      `${faults.length} of ${results.length} values are missing, at most ${allowed} may be: ${reasons}`,
    );
  }
  return found;
}
