/** Settings in the environment. An empty variable is one that is not set, as the Chainlink node's Docker images have it. */
import type { z } from "zod";
import type { Mistake } from "./mistakes.ts";

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
  schema: z.ZodType<T>,
  mistakes: Mistake[],
): T | undefined {
  const value = readVariable(env, variable)?.trim();
  if (value === undefined) return undefined;
  const { data, error } = schema.safeParse(value);
  for (const { message } of error?.issues ?? []) {
    mistakes.push({ origin: { kind: "environment", variable }, key: "", message });
  }
  return data;
}
