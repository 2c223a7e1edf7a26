/** Decides which addresses belong to this machine or its network rather than to the internet. */
import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

/** IPv6 networks whose addresses contain an IPv4 address, which decides, and the byte at which it starts. */
const embeddings = [
  { network: ipaddr.IPv6.parseCIDR("::ffff:0:0/96"), at: 12 }, // mapped
  { network: ipaddr.IPv6.parseCIDR("64:ff9b::/96"), at: 12 }, // NAT64
  { network: ipaddr.IPv6.parseCIDR("2002::/16"), at: 2 }, // 6to4
];

/** A deprecated form of IPv4 that is not routed; the library's table does not have it. */
const compatible = ipaddr.IPv6.parseCIDR("::/96");

/**
 * Whether an IP address is local: loopback, private, link-local, unique-local, unspecified, or otherwise not on the internet.
 * A string that is not an IP address counts as local.
 */
export function isLocalAddress(address: string): boolean {
  // The library also accepts formats that runtimes do not, such as 127.1.
  if (isIP(address) === 0) return true;
  // It reads ::1.2.3.4 as ::ffff:1.2.3.4, but not 0::1.2.3.4.
  const parsed = ipaddr.parse(address.replace(/^::(?=\d+\.)/, "0::"));
  if (!(parsed instanceof ipaddr.IPv6)) return !isOnInternet(parsed);
  const embedding = embeddings.find(({ network }) => parsed.match(network));
  if (embedding !== undefined) return !isOnInternet(embeddedIn(parsed, embedding.at));
  return !isOnInternet(parsed) || parsed.match(compatible);
}

function isOnInternet(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  return address.range() === "unicast";
}

function embeddedIn(address: ipaddr.IPv6, at: number): ipaddr.IPv4 {
  return new ipaddr.IPv4(address.toByteArray().slice(at, at + 4));
}
