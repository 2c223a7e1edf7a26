/** Hosts and ports in URLs and other addresses, where an IPv6 address has brackets. */
import { isIPv6 } from "node:net";

/** @param host a name, or an address without brackets */
export function hostPort(host: string, port: number | string): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

/** The host of a URL, an IPv6 address without its brackets. */
export function hostOf({ hostname }: URL): string {
  return withoutBrackets(hostname);
}

export function withoutBrackets(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1");
}
