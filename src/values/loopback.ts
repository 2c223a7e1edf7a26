import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

/** Whether an IP address is one by which a machine reaches itself. Anything else, a name included, is not. */
export function isLoopback(address: string): boolean {
  // The library also accepts formats that runtimes do not, such as 127.1.
  return isIP(address) !== 0 && ipaddr.process(address).range() === "loopback";
}
