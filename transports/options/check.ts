/** Checks values by a Standard Schema of any library. */
import { formatPath } from "../../src/values/path.ts";
import type { StandardIssue, StandardResult, StandardSchemaV1 } from "./standard-schema.ts";

/**
 * Options are checked synchronously, where they were just written.
 * @throws TypeError for a schema that answers with a promise
 */
export function validate<T>(schema: StandardSchemaV1<unknown, T>, value: unknown): StandardResult<T> {
  const result = schema["~standard"].validate(value);
  if ("then" in result) throw new TypeError("Cannot check options by a schema that answers with a promise");
  return result;
}

/**
 * @param root what the value is called
 * @returns what the schema makes of the value
 * @throws TypeError with the first mistake, which names its option by the path from `root`
 */
export function check<T>(schema: StandardSchemaV1<unknown, T>, value: unknown, root: string): T {
  const result = validate(schema, value);
  if (result.issues === undefined) return result.value;
  const [first = { message: "it was refused without a reason" }] = result.issues;
  throw new TypeError(formatIssue(first, root));
}

/** `path.to.it: sentence` */
export function formatIssue(issue: StandardIssue, root: string): string {
  return `${formatPath(pathOf(issue), root)}: ${issue.message}`;
}

/** Libraries write the parts of a path in two ways. */
export function pathOf({ path = [] }: StandardIssue): PropertyKey[] {
  return path.map((part) => (typeof part === "object" ? part.key : part));
}
