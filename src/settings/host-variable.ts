/** Host names that only the environment has. */
import { hostName } from "./fields.ts";
import type { Mistake } from "./mistakes.ts";

/** @returns `undefined` where the variable is empty, or holds no host name, which goes to `mistakes` */
export function readHostVariable(
  env: Readonly<Record<string, string | undefined>>,
  variable: string,
  mistakes: Mistake[],
): string | undefined {
  const value = env[variable]?.trim() ?? "";
  if (value === "") return undefined;
  const { data, error } = hostName().safeParse(value);
  for (const { message } of error?.issues ?? []) {
    mistakes.push({ origin: { kind: "environment", variable }, key: "", message });
  }
  return data;
}
