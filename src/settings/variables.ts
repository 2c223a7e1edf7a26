/** Settings in the environment. An empty variable counts as not set, as in the Chainlink node's Docker images. */
import type { Mistake } from "./mistakes.ts";
import { read, type Schema } from "./schema.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** @returns a variable's value, unchanged; `undefined` where it is not set */
export function readVariable(env: Environment, variable: string): string | undefined {
  const value = env[variable];
  return value === undefined || value.trim() === "" ? undefined : value;
}

/** @returns a variable's value, read by a schema; `undefined` where it is not set, or is wrong, which is added to `mistakes` */
export function checkVariable<T>(
  env: Environment,
  variable: string,
  schema: Schema<T>,
  mistakes: Mistake[],
): T | undefined {
  const value = readVariable(env, variable)?.trim();
  if (value === undefined) return undefined;
  const origin = { kind: "environment", variable } as const;
  return read(schema, value, { path: [], tell: (_, message) => mistakes.push({ origin, key: "", message }) });
}
