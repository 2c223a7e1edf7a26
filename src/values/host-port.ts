import { isIPv6 } from "node:net";

/** A host and a port as URLs and other addresses have them: an IPv6 address stands in brackets. */
export function hostPort(host: string, port: number): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}
