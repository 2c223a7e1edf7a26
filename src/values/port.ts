/** Numbers of TCP ports. */
export const maxPort = 65_535;

/**
 * Reads a port in decimal digits; `undefined` for anything else.
 * @param least 0 where any free port may be asked for. Default: 1
 */
export function parsePort(text: string, least = 1): number | undefined {
  return /^\d{1,5}$/.test(text) && isPort(Number(text), least) ? Number(text) : undefined;
}

/** Whether it is one. @param least as for {@link parsePort} */
export function isPort(port: number, least = 1): boolean {
  return Number.isInteger(port) && port >= least && port <= maxPort;
}
