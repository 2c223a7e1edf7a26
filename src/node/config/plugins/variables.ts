/** The variables that tell a Chainlink node what to run as the plugins of a kind. */

/** @returns such as `CL_MEDIAN_CMD`, for the executable of a kind */
export function commandVariable(kind: string): string {
  return `${prefix(kind)}_CMD`;
}

/** @returns such as `CL_MEDIAN_ENV`, for the file of variables of a kind */
export function envFileVariable(kind: string): string {
  return `${prefix(kind)}_ENV`;
}

function prefix(kind: string): string {
  return `CL_${kind.toUpperCase().replaceAll(/[.-]/g, "_")}`;
}
