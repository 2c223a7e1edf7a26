/** Which addresses belong to this machine or its network rather than to the internet. */
import { BlockList, isIP } from "node:net";

const local = new BlockList();
for (const [network, prefix] of [
  ["0.0.0.0", 8], // unspecified, "this network"
  ["10.0.0.0", 8], // private
  ["100.64.0.0", 10], // carrier-grade translation
  ["127.0.0.0", 8], // loopback
  ["169.254.0.0", 16], // link-local, where clouds keep their metadata
  ["172.16.0.0", 12], // private
  ["192.0.0.0", 24], // protocol assignments
  ["192.168.0.0", 16], // private
  ["198.18.0.0", 15], // benchmarks
  ["224.0.0.0", 4], // multicast
  ["240.0.0.0", 4], // reserved, broadcast
] as const) {
  local.addSubnet(network, prefix, "ipv4");
}
for (const [network, prefix] of [
  ["::", 96], // unspecified, loopback, and IPv4 in the old way
  ["64:ff9b:1::", 48], // local translation
  ["fc00::", 7], // unique-local
  ["fe80::", 10], // link-local
  ["fec0::", 10], // site-local
  ["ff00::", 8], // multicast
] as const) {
  local.addSubnet(network, prefix, "ipv6");
}

/** IPv6 networks whose addresses carry an IPv4 address, and the 16-bit group at which it begins. */
const carriers = [
  { network: [0, 0, 0, 0, 0, 0xffff], at: 6 }, // mapped
  { network: [0x64, 0xff9b, 0, 0, 0, 0], at: 6 }, // NAT64
  { network: [0x2002], at: 1 }, // 6to4
] as const;

/**
 * Whether an IP address is local: loopback, private, link-local, unique-local, unspecified, or otherwise not of the
 * internet. A text that is not an IP address counts as local.
 */
export function isLocalAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return local.check(address, "ipv4");
  if (family !== 6) return true;
  const groups = expand(address);
  const carrier = carriers.find(({ network }) => network.every((group, index) => groups[index] === group));
  if (carrier !== undefined) {
    const [high = 0, low = 0] = groups.slice(carrier.at, carrier.at + 2);
    return local.check([high >> 8, high & 255, low >> 8, low & 255].join("."), "ipv4");
  }
  return local.check(groups.map((group) => group.toString(16)).join(":"), "ipv6");
}

/** The eight groups of an IPv6 address. */
function expand(address: string): number[] {
  const bare = address.replace(/%.*$/, "").replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) => {
    const pair = (high: string, low: string) => ((Number(high) << 8) | Number(low)).toString(16);
    return `${pair(a, b)}:${pair(c, d)}`;
  });
  const [head = "", tail] = bare.split("::");
  const groups = (part: string) => (part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16)));
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  return [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
}
