/**
 * Where a request comes from, as far as a server can know: the address of the last hop, whether a proxy forwards it, and the host name
 * that the client used.
 */
import { isIP } from "node:net";
import { getConnInfo } from "@hono/node-server/conninfo";
import type { Context } from "hono";
import { hostOf } from "../values/host-port.ts";

/** The address of the other end of the connection; empty where the request came over none. */
export function remoteAddress(c: Context): string {
  try {
    return getConnInfo(c).remote.address ?? "";
  } catch {
    return "";
  }
}

/** Headers by which a proxy says that it forwards a request. One that ends with a dash stands for all that begin with it. */
export const proxyHeaders = [
  "forwarded",
  "via",
  "x-forwarded",
  "x-forwarded-",
  "x-original-",
  "x-real-ip",
  "x-client-ip",
  "x-cluster-client-ip",
  "x-remote-ip",
  "x-remote-addr",
  "x-originating-ip",
  "client-ip",
  "true-client-ip",
  "proxy-client-ip",
  "wl-proxy-client-ip",
  "cf-",
  "cdn-loop",
  "fastly-client-ip",
  "fly-client-ip",
  "x-envoy-",
  "x-azure-",
  "x-appengine-",
  "x-vercel-",
] as const;

/** Whether any header says so, whatever its value. */
export function isProxied(c: Context): boolean {
  // Some servers turn dashes into underscores on the way.
  const names = Object.keys(c.req.header()).map((name) => name.toLowerCase().replaceAll("_", "-"));
  return names.some((name) => proxyHeaders.some((one) => (one.endsWith("-") ? name.startsWith(one) : name === one)));
}

/**
 * Whether a request was made to an address, to localhost or to one of the names, rather than to a name that an attacker may have pointed at
 * this machine.
 */
export function isToOwnName(c: Context, names: readonly string[]): boolean {
  const host = hostOf(new URL(c.req.url));
  if (isIP(host) !== 0 || /^(.+\.)?localhost\.?$/.test(host)) return true;
  return names.some((name) => name.toLowerCase() === host);
}

/** Whether a page of another origin made a browser send it. */
export function isFromForeignPage(c: Context): boolean {
  const origin = c.req.header("origin");
  return origin !== undefined && URL.parse(origin)?.host !== new URL(c.req.url).host;
}
