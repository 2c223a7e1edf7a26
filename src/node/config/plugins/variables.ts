/** The variables by which a Chainlink node is told what runs as the plugins of a kind. */

/** @returns such as `CL_MEDIAN_CMD`, for the executable of a kind */
export function commandVariable(kind: string): string {
  return `${prefix(kind)}_CMD`;
}

/** @returns such as `CL_MEDIAN_ENV`, for the file of variables of a kind */
export function envFileVariable(kind: string): string {
  return `${prefix(kind)}_ENV`;
}

/** @returns what a variable says; empty means not set, as the node's Docker images have it */
export function readVariable(env: Readonly<Record<string, string | undefined>>, variable: string): string | undefined {
  const value = env[variable];
  return value === undefined || value.trim() === "" ? undefined : value;
}

function prefix(kind: string): string {
  return `CL_${kind.toUpperCase().replaceAll(/[.-]/g, "_")}`;
}
