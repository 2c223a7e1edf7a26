/** `jsonparse`: picks a value out of a JSON text by a path such as `data,0,price`. */
import { describeValue } from "../decimal.ts";
import { isJsonObject, parseJson } from "../json.ts";
import type { Value } from "../types.ts";
import type { TaskDefinition } from "./definition.ts";
import { inputValues } from "./inputs.ts";

export const jsonparseTask: TaskDefinition = {
  type: "jsonparse",
  attributes: ["path", "separator", "data", "lax"],
  requests: false,
  maxInputs: 1,
  compile(attributes) {
    const path = attributes.string("path");
    const separator = attributes.literal("separator") ?? ",";
    const data = attributes.string("data");
    const lax = attributes.flag("lax") ?? false;
    if (separator === "") attributes.mistake("separator", "It must not be empty");
    return {
      run(call) {
        const [input] = inputValues(call);
        const text = data?.(call.scope) ?? input;
        if (typeof text !== "string") throw new TypeError(`Expected a string with JSON, got ${describeValue(text)}`);
        const keys = splitPath(path?.(call.scope) ?? "", separator);
        let value = parseJson(text);
        for (const key of keys) {
          const next = step(value, key);
          if (next === undefined) {
            if (lax) return null;
            throw new TypeError(`There is no ${JSON.stringify(keys.join(separator))} in ${describeValue(text)}`);
          }
          value = next;
        }
        return value;
      },
    };
  },
};

function splitPath(path: string, separator: string): readonly string[] {
  return path === "" ? [] : path.split(separator);
}

/** A negative index counts from the end. */
function step(value: Value, key: string): Value | undefined {
  if (Array.isArray(value)) {
    if (!/^-?\d{1,9}$/.test(key)) {
      throw new TypeError(`${JSON.stringify(key)} is not an index, but the value is a list`);
    }
    return value.at(Number(key));
  }
  return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}
