/** The variables that tell a Chainlink node what to run as the plugins of a kind. */

/** @returns such as `CL_MEDIAN_CMD`, for the executable of a kind */
export function commandVariable(kind: string): string {
  return `${prefix(kind)}_CMD`;
}

/** @returns such as `CL_MEDIAN_ENV`, for the file of variables of a kind */
export function envFileVariable(kind: string): string {
  return `${prefix(kind)}_ENV`;
}

/** Whether programs on the PATH count for kinds whose variable is not set. */
export const pathLookupVariable = "CL_LOOPP_PATH_LOOKUP";

/** What the program of a kind may be called on the PATH. Chainlink's own for medians does not have the name of its kind. */
export function programNames(kind: string): readonly string[] {
  return [`chainlink-${kind}`, ...(kind === "median" ? ["chainlink-feeds"] : [])];
}

function prefix(kind: string): string {
  return `CL_${kind.toUpperCase().replaceAll(/[.-]/g, "_")}`;
}
