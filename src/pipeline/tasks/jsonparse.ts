/** `jsonparse`: picks a value out of a JSON text by a path such as `data,0,price`. */
import { toBytes, toText } from "../bytes.ts";
import { describeValue } from "../decimal.ts";
import { isJsonObject, parseJson } from "../json.ts";
import type { Value } from "../types.ts";
import { isList } from "../variables.ts";
import type { TaskDefinition } from "./definition.ts";
import { operand } from "./inputs.ts";

export const jsonparseTask: TaskDefinition = {
  type: "jsonparse",
  attributes: ["path", "separator", "data", "lax"],
  requests: false,
  maxInputs: 1,
  compile(attributes) {
    const separator = attributes.literal("separator") ?? ",";
    const path = attributes.parameter("path", (value) => toKeys(value, separator), "meant");
    const data = attributes.parameter("data", toBytes);
    const lax = attributes.flag("lax") ?? false;
    return {
      run(call) {
        const text = toText(operand(call, "data", data, toBytes));
        const keys = path?.(call.scope) ?? [];
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

/** A path, or a list of its keys. */
function toKeys(path: Value, separator: string): readonly string[] {
  return isList(path) ? path.map(toText) : toText(path).split(separator);
}

/** A negative index counts from the end. */
function step(value: Value, key: string): Value | undefined {
  if (Array.isArray(value)) {
    if (!/^[+-]?\d+$/.test(key)) {
      throw new TypeError(`${JSON.stringify(key)} is not an index, but the value is a list`);
    }
    return value.at(Number(key));
  }
  return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}
