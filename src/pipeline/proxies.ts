/**
 * Which requests go through a proxy, by the usual variables and with the rules of Go's `net/http`, because those are a Chainlink node's:
 * HTTP_PROXY, HTTPS_PROXY and NO_PROXY, in small letters too. The libraries on npm for these variables have other rules.
 */
import { BlockList, isIP } from "node:net";
import { hostOf, withoutBrackets } from "../values/host-port.ts";
import { isLoopback } from "../values/loopback.ts";
import { describe } from "../values/text.ts";

/** @returns the proxy of a request, `undefined` for none. @throws Error for a variable that cannot be used */
export type Proxies = (url: URL) => URL | undefined;

export type ProxyEnvironment = Readonly<Record<string, string | undefined>>;

/** Reads the variables once; a wrong one fails the requests that it is for, as in Go. */
export function createProxies(environment: ProxyEnvironment): Proxies {
  const variable = (name: string) => environment[name] || environment[name.toLowerCase()] || undefined;
  const http = variable("HTTP_PROXY");
  const https = variable("HTTPS_PROXY");
  // There a client's header "Proxy" becomes the variable HTTP_PROXY.
  const isCgi = (environment.REQUEST_METHOD ?? "") !== "";
  const isDirect = readExceptions(variable("NO_PROXY") ?? "");
  return (url) => {
    const isSecure = url.protocol === "https:";
    const proxy = isSecure ? https : http;
    if (proxy === undefined) return undefined;
    if (!isSecure && isCgi)
      throw new Error("HTTP_PROXY is not used where REQUEST_METHOD is set: a client may have set it");
    const port = url.port === "" ? (isSecure ? "443" : "80") : url.port;
    return isDirect(hostOf(url), port) ? undefined : readProxy(isSecure ? "HTTPS_PROXY" : "HTTP_PROXY", proxy);
  };
}

/** A URL, or only host and port. The value is not shown, because it may have a password in it. */
function readProxy(variable: string, text: string): URL {
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? URL.parse(text) : URL.parse(`http://${text}`);
  if (url === null || url.hostname === "") throw new Error(`${variable} is not the URL of a proxy`);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new Error(`${variable} names a proxy of ${describe(url.protocol)}: only http: and https: are supported`);
  }
  return url;
}

/** One entry of NO_PROXY. */
type Exception = (host: string, port: string) => boolean;

/** What is never asked of a proxy: this machine, and what NO_PROXY names. */
function readExceptions(list: string): Exception {
  const entries = list.split(",").map((entry) => entry.trim().toLowerCase());
  const exceptions = entries.includes("*") ? [() => true] : entries.flatMap((entry) => readException(entry) ?? []);
  return (host, port) =>
    host === "localhost" || isLoopback(host) || exceptions.some((exception) => exception(host.toLowerCase(), port));
}

/** An address, a network, a domain with all below it, or one with a dot in front of those below it; with or without a port. */
function readException(entry: string): Exception | undefined {
  const network = readNetwork(entry);
  if (network !== undefined) return network;
  const [, bracketed, plain, wanted = ""] = /^(?:\[([^\]]*)\]|([^:]*)):(\d+)$/.exec(entry) ?? [];
  const host = bracketed ?? plain ?? withoutBrackets(entry);
  if (host === "") return undefined;
  const isPort = (port: string) => wanted === "" || wanted === port;
  if (isIP(host) !== 0) {
    const addresses = new BlockList();
    addresses.addAddress(host, familyOf(host));
    return (other, port) => isIn(addresses, other) && isPort(port);
  }
  const below = host.startsWith("*.") ? host.slice(1) : host.startsWith(".") ? host : `.${host}`;
  return (other, port) => (other.endsWith(below) || other === host) && isPort(port);
}

function readNetwork(entry: string): Exception | undefined {
  const [, address = "", bits = ""] = /^([^/]+)\/(\d{1,3})$/.exec(entry) ?? [];
  if (isIP(address) === 0 || Number(bits) > (isIP(address) === 4 ? 32 : 128)) return undefined;
  const addresses = new BlockList();
  addresses.addSubnet(address, Number(bits), familyOf(address));
  return (host) => isIn(addresses, host);
}

function isIn(addresses: BlockList, host: string): boolean {
  return isIP(host) !== 0 && addresses.check(host, familyOf(host));
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 4 ? "ipv4" : "ipv6";
}
