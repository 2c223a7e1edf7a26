/** Settings in the environment. An empty variable is one that is not set, as the Chainlink node's Docker images have it. */
import type { Mistake } from "./mistakes.ts";
import { read, type Schema } from "./schema.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** @returns what a variable says, as it stands there */
export function readVariable(env: Environment, variable: string): string | undefined {
  const value = env[variable];
  return value === undefined || value.trim() === "" ? undefined : value;
}

/** @returns what a variable says, read by a schema; `undefined` where it is not set, or wrong, which goes to `mistakes` */
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
