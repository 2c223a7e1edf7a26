/** `$(task.key.0)`: how an attribute refers to the result of a task, or to the job. */
import { isBytes, toText } from "./bytes.ts";
import { describeValue } from "./decimal.ts";
import { TaskError } from "./errors.ts";
import { isJsonObject, parseJson } from "./json.ts";
import type { Scope, TaskResult, Value } from "./types.ts";

/** The variables that are not tasks: the job, and the current run of the job. */
export const jobVariables: readonly string[] = ["jb", "jobRun"];

const wholeVariable = /^\$\(\s*([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)\s*\)$/;

export interface Variable {
  /** A task, or one of {@link jobVariables}. */
  readonly name: string;
  readonly path: readonly string[];
  /** The variable as written, without the brackets. */
  readonly text: string;
}

/** Reads a string that is a single variable; `undefined` for any other string. */
export function parseVariable(text: string): Variable | undefined {
  const [, inner] = wholeVariable.exec(text.trim()) ?? [];
  if (inner === undefined) return undefined;
  const [name = "", ...path] = inner.split(".");
  return { name, path, text: inner };
}

/**
 * Looks up a variable.
 * @throws TaskError of the task that it refers to, when that has failed
 * @throws TypeError when nothing has that name
 */
export function lookUp(variable: Variable, scope: Scope): Value {
  const result = scope.get(variable.name);
  if (result === undefined) throw new TypeError(`There is no $(${variable.text})`);
  if (result.error !== undefined) throw result.error;
  let value = result.value;
  for (const key of variable.path) {
    const next = child(value, key);
    if (next === undefined) {
      throw new TypeError(`There is no $(${variable.text}): ${describeValue(value)} has no "${key}"`);
    }
    value = next;
  }
  return value;
}

function child(value: Value, key: string): Value | undefined {
  if (isList(value)) return /^\d{1,9}$/.test(key) ? value[Number(key)] : undefined;
  return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** JSON that contains variables as values: `{"price": $(a.result), "from": [$(b)]}`. */
export interface JsonTemplate {
  readonly variables: readonly Variable[];
  /** @throws TaskError when a task that it refers to failed */
  render(scope: Scope): Value;
  /**
   * Renders the items of a list, or of the JSON text of one, one by one, so that a failed task makes only its item fail.
   * @throws TypeError when the JSON is not a list, or null for none
   */
  renderItems(scope: Scope): TaskResult[];
}

/** @throws SyntaxError when the text is not JSON with variables */
export function parseJsonTemplate(text: string): JsonTemplate {
  const { json, variables, mark } = liftVariables(text);
  const template = parseJson(json);
  const byMark = new Map(variables.map((variable, index) => [`${mark}${index}`, variable]));
  const render = (part: Value, scope: Scope) =>
    fill(part, (text) => {
      const variable = byMark.get(text);
      return variable === undefined ? text : lookUp(variable, scope);
    });
  return {
    variables,
    render: (scope) => render(template, scope),
    renderItems(scope) {
      const whole = typeof template === "string" ? render(template, scope) : template;
      const list = typeof whole === "string" || isBytes(whole) ? parseJson(toText(whole)) : (whole ?? []);
      if (!isList(list)) throw new TypeError(`Expected a list, got ${describeValue(list)}`);
      if (list !== template) return list.map((value) => ({ value }));
      return list.map((item) => {
        try {
          return { value: render(item, scope) };
        } catch (error) {
          if (error instanceof TaskError) return { error };
          throw error;
        }
      });
    },
  };
}

/** Replaces each variable with a string that occurs nowhere else. */
function liftVariables(text: string): { json: string; variables: Variable[]; mark: string } {
  let mark = "variable:";
  while (text.includes(mark)) mark = `_${mark}`;
  const variables: Variable[] = [];
  let json = "";
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (quoted && character === "\\") {
      json += text.slice(at, at + 2);
      at += 1;
    } else if (text.startsWith("$(", at)) {
      const end = text.indexOf(")", at);
      const variable = end === -1 ? undefined : parseVariable(text.slice(at, end + 1));
      if (variable === undefined) throw new SyntaxError(`${describeValue(text.slice(at, at + 40))} is not a variable`);
      if (quoted)
        throw new SyntaxError(`$(${variable.text}) is inside a JSON string: a variable must be the whole value`);
      json += JSON.stringify(`${mark}${variables.length}`);
      variables.push(variable);
      at = end;
    } else {
      if (character === '"') quoted = !quoted;
      json += character;
    }
  }
  return { json, variables, mark };
}

function fill(part: Value, replace: (text: string) => Value): Value {
  if (typeof part === "string") return replace(part);
  if (isList(part)) return part.map((item) => fill(item, replace));
  if (!isJsonObject(part)) return part;
  // No prototype: "__proto__" is an ordinary key in JSON.
  const filled: Record<string, Value> = Object.create(null);
  for (const [key, item] of Object.entries(part)) filled[key] = fill(item, replace);
  return filled;
}

/** `Array.isArray` does not know readonly arrays. */
export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}
