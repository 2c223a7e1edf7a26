/** Which addresses belong to this machine or its network rather than to the internet. */
import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

/** IPv6 networks whose addresses carry an IPv4 address, and the byte at which it begins: what counts is where it leads. */
const carriers = [
  { network: ipaddr.IPv6.parseCIDR("::ffff:0:0/96"), at: 12 }, // mapped
  { network: ipaddr.IPv6.parseCIDR("64:ff9b::/96"), at: 12 }, // NAT64
  { network: ipaddr.IPv6.parseCIDR("2002::/16"), at: 2 }, // 6to4
];

/** IPv4 in an old way that nobody routes; the library's table does not have it. */
const compatible = ipaddr.IPv6.parseCIDR("::/96");

/**
 * Whether an IP address is local: loopback, private, link-local, unique-local, unspecified, or otherwise not of the
 * internet. A text that is not an IP address counts as local.
 */
export function isLocalAddress(address: string): boolean {
  // The library also takes ways of writing that runtimes do not, such as 127.1.
  if (isIP(address) === 0) return true;
  // It takes ::1.2.3.4 for ::ffff:1.2.3.4, but not 0::1.2.3.4.
  const parsed = ipaddr.parse(address.replace(/^::(?=\d+\.)/, "0::"));
  if (!(parsed instanceof ipaddr.IPv6)) return !isOfInternet(parsed);
  const carrier = carriers.find(({ network }) => parsed.match(network));
  if (carrier !== undefined) return !isOfInternet(carriedBy(parsed, carrier.at));
  return !isOfInternet(parsed) || parsed.match(compatible);
}

function isOfInternet(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  return address.range() === "unicast";
}

function carriedBy(address: ipaddr.IPv6, at: number): ipaddr.IPv4 {
  return new ipaddr.IPv4(address.toByteArray().slice(at, at + 4));
}
