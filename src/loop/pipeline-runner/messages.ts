/** Converts the results of a pipeline's tasks to and from the wire. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { isInteger, parse, stringify } from "lossless-json";
import type { TaskResult as TaskResultMessage, TaskResultSchema } from "../../../proto/gen/loop/pipeline_runner_pb.ts";
import { isDeeperThan, maxDepth } from "../../values/depth.ts";
import { errorText } from "../../values/error-text.ts";
import { int32 } from "../values.ts";
import type { PipelineValue, TaskResult } from "./types.ts";

/** @throws RangeError when the index is out of bounds */
export function taskResultToWire(result: TaskResult): MessageInitShape<typeof TaskResultSchema> {
  const { id, type, value, error, isTerminal, index } = result;
  return {
    id,
    type,
    value: new TextEncoder().encode(stringify(value)),
    ...(error === undefined ? {} : { error, hasError: true }),
    isTerminal,
    index: int32(index, "Index"),
  };
}

/** @throws SyntaxError when the value is not JSON */
export function taskResultFromWire(message: TaskResultMessage): TaskResult {
  const { id, type, error, hasError, isTerminal, index } = message;
  const value = valueFromWire(message);
  return { id, type, value, ...(hasError ? { error } : {}), isTerminal, index };
}

function valueFromWire({ id, value }: TaskResultMessage): PipelineValue {
  if (value.length === 0) return null;
  try {
    const json = new TextDecoder("utf-8", { fatal: true }).decode(value);
    // The parser is recursive.
    if (isDeeperThan(json, maxDepth)) throw new SyntaxError(`it is nested more than ${maxDepth} levels deep`);
    return parse(json, undefined, number) as PipelineValue;
  } catch (error) {
    throw new SyntaxError(`Cannot read the result of task "${id}" as JSON: ${errorText(error)}`);
  }
}

function number(digits: string): number | bigint {
  const value = Number(digits);
  return isInteger(digits) && !Number.isSafeInteger(value) ? BigInt(digits) : value;
}
