/** The values that an aggregator such as `median` works on, some of which may be missing. */
import { errorText } from "../../values/error-text.ts";
import { shorten } from "../../values/text.ts";
import type { Attributes, Parameter } from "../attributes.ts";
import { type Decimal, toDecimal } from "../decimal.ts";
import { isJsonObject } from "../json.ts";
import type { TaskCall, Value } from "../types.ts";
import type { JsonTemplate } from "../variables.ts";

/** What the attributes say of them. */
export interface Candidates {
  readonly values: JsonTemplate | undefined;
  readonly allowedFaults: Parameter<number> | undefined;
  /** Whether nulls are left out, and count for nothing. */
  readonly lax: boolean;
  /** Whether nulls are left out, and count as faults. */
  readonly countNilsAsFaults: boolean;
}

export function readCandidates(attributes: Attributes): Candidates {
  const lax = attributes.flag("lax") ?? false;
  const countNilsAsFaults = attributes.flag("countNilsAsFaults") ?? false;
  if (lax && countNilsAsFaults) attributes.mistake("lax", "It and countNilsAsFaults exclude each other: remove one");
  return {
    values: attributes.json("values"),
    allowedFaults: attributes.integer("allowedFaults", 0, Number.MAX_SAFE_INTEGER),
    lax,
    countNilsAsFaults,
  };
}

/**
 * The values that exist. A failed task is a fault; by default all but one may be faults.
 * @returns undefined when there are none, and the attributes allow that
 * @throws TypeError that names the faults when there are more than allowed
 */
export function takeCandidates(call: TaskCall, candidates: Candidates): Value[] | undefined {
  const { values, allowedFaults, lax, countNilsAsFaults } = candidates;
  const all = values?.renderItems(call.scope) ?? call.inputs;
  const results = lax ? all.filter((one) => one.error !== undefined || one.value !== null) : all;
  const allowed = allowedFaults?.(call.scope) ?? Math.max(0, results.length - 1);
  const found: Value[] = [];
  const faults: string[] = [];
  for (const result of results) {
    // Shortened, because a fault may itself list faults.
    if (result.error !== undefined) faults.push(shorten(errorText(result.error), 300));
    else if (countNilsAsFaults && result.value === null) faults.push("one is null");
    else found.push(result.value);
  }
  const mayBeNone = lax || countNilsAsFaults;
  if (faults.length > allowed || (found.length === 0 && !mayBeNone)) {
    const reasons = faults.length === 0 ? "there are no inputs" : faults.slice(0, 5).join("; ");
    throw new TypeError(
      `${faults.length} of ${results.length} values are missing, at most ${allowed} may be: ${reasons}`,
    );
  }
  return found.length === 0 ? undefined : found;
}

/**
 * The same, of an aggregator of numbers.
 * @throws TypeError for a value that is not a number, which fails the task whatever may be missing, as in Chainlink
 */
export function takeNumbers(call: TaskCall, candidates: Candidates): Decimal[] | undefined {
  return takeCandidates(call, candidates)
    ?.flatMap((value) => modes(value) ?? [value])
    .map(toDecimal);
}

/** The values that a `mode` before the aggregator has found; `undefined` for any other value. */
function modes(value: Value): readonly Value[] | undefined {
  if (!isJsonObject(value) || !Array.isArray(value.results) || value.occurrences === undefined) return undefined;
  return Object.keys(value).length === 2 ? value.results : undefined;
}
